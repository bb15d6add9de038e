import { SPMetadata } from 'samlify'
import type { ServiceProvider } from './provider.ts'

/**
 * What BundID must know of us; the operator uploads it there. It may have neither `validUntil` nor `ID`, and the
 * entity ID no port (BundID interface description 7.2).
 */
export function serviceProviderMetadata({
  entityId,
  consumer,
  signing,
  encryption,
}: ServiceProvider): string {
  return SPMetadata({
    entityID: entityId,
    signingCert: signing.certificate,
    encryptCert: encryption.slice(0, 1).map(({ certificate }) => certificate),
    authnRequestsSigned: true,
    wantAssertionsSigned: true,
    nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:transient'],
    assertionConsumerService: [
      { Binding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST', Location: consumer, isDefault: true },
    ],
  }).getMetadata()
}
