import { element, PREFIX, type Tree, write } from './tree.ts'

const BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-'

export interface Endpoints {
  post: string
  redirect: string
}

/** The identity provider's own metadata; one signing certificate, or two while it changes them. */
export function identityProviderMetadata(
  entityId: string,
  sso: Endpoints,
  certificates: readonly string[],
): string {
  const service = (name: string, Location: string): Tree =>
    element('md:SingleSignOnService', { Binding: BINDING + name, Location })
  return write(
    element(
      'md:EntityDescriptor',
      { entityID: entityId },
      element(
        'md:IDPSSODescriptor',
        { WantAuthnRequestsSigned: 'true', protocolSupportEnumeration: PREFIX.saml2p ?? '' },
        ...certificates.map(keyDescriptor),
        service('POST', sso.post),
        service('Redirect', sso.redirect),
      ),
    ),
  )
}

const keyDescriptor = (certificate: string): Tree =>
  element(
    'md:KeyDescriptor',
    { use: 'signing' },
    element(
      'ds:KeyInfo',
      {},
      element(
        'ds:X509Data',
        {},
        element('ds:X509Certificate', {}, certificate.replace(/-----[^-]+-----|\s/g, '')),
      ),
    ),
  )
