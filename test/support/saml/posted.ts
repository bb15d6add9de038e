import type { Addressee, Sender } from '../../../demo/bundid/saml/response.ts'
import { encoded, keys, them, us } from '../bundid.ts'
import type { Person } from '../person.ts'
import type { TestProvider } from '../provider.ts'

/** BundID for a provider of the tests; answers are made by `answerFor`, without a stand-in. */
export const federationOf = (issuer: string) => ({
  us: { ...us, consumer: `${issuer}/saml/bundid/acs` },
  them,
})

/** Who asks, for this person on the page before BundID, and who answers. */
export function answerFor(person: Person, { issuer, clock }: TestProvider): { to: Addressee; from: Sender } {
  const request = Buffer.from(person.form('/SSO').body.get('SAMLRequest') ?? '', 'base64').toString()
  const [, requestId = ''] = / ID="([^"]+)"/.exec(request) ?? []
  const { consumer } = federationOf(issuer).us
  return {
    to: { entityId: us.entityId, consumer, requestId, encryption: keys.encryption.certificate },
    from: { entityId: them.entityId, signing: keys.identityProvider, now: clock.now },
  }
}

/** Posts an answer as the person's browser would, and goes on where it leads. */
export async function post(person: Person, { issuer }: TestProvider, xml: string): Promise<void> {
  const RelayState = person.form('/SSO').body.get('RelayState') ?? ''
  const body = new URLSearchParams({ SAMLResponse: encoded(xml), RelayState })
  const response = await fetch(federationOf(issuer).us.consumer, { method: 'POST', body })
  const [, href = ''] = /href="(\/interaction\/[^"]+)"/.exec(await response.text()) ?? []
  await person.open(href)
}
