import type { ServiceProvider } from './provider.ts'
import { escaped, NS } from './xml.ts'

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
  const keys = [keyDescriptor('signing', signing.certificate)]
  const [first] = encryption
  if (first) keys.push(keyDescriptor('encryption', first.certificate))
  return `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="${NS.metadata}" xmlns:ds="${NS.ds}" entityID="${escaped(entityId)}">
  <md:SPSSODescriptor AuthnRequestsSigned="true" WantAssertionsSigned="true" protocolSupportEnumeration="${NS.protocol}">
${keys.join('\n')}
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>
    <md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${escaped(consumer)}" index="0" isDefault="true"/>
  </md:SPSSODescriptor>
</md:EntityDescriptor>
`
}

const keyDescriptor = (use: 'signing' | 'encryption', certificate: string): string =>
  `    <md:KeyDescriptor use="${use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${bare(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`

const bare = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, '')
