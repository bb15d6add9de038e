import { randomUUID } from 'node:crypto'
import { loginResponse } from '../../demo/bundid/saml/response.ts'
import { NOTHING } from '../../src/domain/assurance.ts'
import type { Factor } from '../../src/domain/factor.ts'
import { answer } from '../../src/journey/answer.ts'
import type { Deps } from '../../src/journey/deps.ts'
import { STRANGERS } from '../../src/journey/network.ts'
import { type Passage, show } from '../../src/journey/passage.ts'
import { openStores } from '../../src/store/index.ts'
import { postgres } from '../support/backends.ts'
import { EID, ELSTER, federation } from '../support/bundid.ts'

/** Accounts in a fresh database, and a person who sets BundID up there. */
async function start() {
  const keyRing = [{ id: 'k1', key: new Uint8Array(32) }]
  const { stores, close } = await openStores({ ...(await postgres.open()), keyRing, onError: () => {} })
  const { factor, sender, addressee, answerTo } = federation()
  const deps: Deps = {
    stores,
    factors: new Map<string, Factor>([['bundid', factor]]),
    clients: () => [],
    policy: () => ({ levels: [], rules: [], epoch: '' }),
    now: () => sender.now(),
    newcomers: () => undefined,
    mails: false,
    registration: () => undefined,
    sessionIdle: 1800,
    sessionAbsolute: 3600,
  }
  const account = async (username: string) => {
    const person = { username, emailVerified: false, group: 'citizen', locale: 'de' }
    const id = await stores.accounts.create(person, undefined, { event: 'account.created', by: 'cli' })
    const created = await stores.accounts.byId(id)
    if (!created) throw new Error('not created')
    return created
  }
  const link = async (owner: Awaited<ReturnType<typeof account>>, login: typeof EID) => {
    const passage: Passage = {
      interaction: {
        cid: randomUUID(),
        sessionUid: undefined,
        client: { clientId: 'portal' },
        asked: { acrValues: [], essential: false, reauthenticate: false, interactive: true },
        requestId: randomUUID(),
      },
      progress: { startedAt: deps.now(), proofs: [], skipped: [] },
      account: owner,
      credentials: await stores.credentials.ofAccount(owner.id),
      step: { kind: 'enrol', offer: ['bundid'], skippable: false, toward: NOTHING },
      ask: { required: NOTHING, matched: [] },
      prompt: undefined,
      ground: undefined,
    }
    const shown = await show(deps, passage, 'bundid')
    const given = answerTo(shown, loginResponse(sender, addressee(shown), login))
    const outcome = await answer(deps, passage, 'bundid', given, {
      address: '',
      network: { key: '', ...STRANGERS },
      knows: () => false,
    })
    const strengths = (await stores.credentials.ofAccount(owner.id)).map((c) => c.strength.identity)
    return { outcome, strengths }
  }
  return { account, link, close }
}

test('A BundID set up again by a stronger means is worth more, by a weaker one no less, and is still one', async () => {
  const { account, link, close } = await start()
  const erika = await account('erika')
  expect(await link(erika, ELSTER)).toMatchObject({ outcome: { ok: true }, strengths: ['substantial'] })
  expect(await link(erika, EID)).toMatchObject({ outcome: { ok: true }, strengths: ['high'] })
  expect(await link(erika, ELSTER)).toMatchObject({ outcome: { ok: true }, strengths: ['high'] })
  await close()
})

test('A BundID of another account is refused, and that account keeps it', async () => {
  const { account, link, close } = await start()
  const [erika, mallory] = [await account('erika'), await account('mallory')]
  await link(erika, ELSTER)
  const refused = { ok: false, reason: 'not_permitted', hint: { code: 'duplicate' } }
  expect(await link(mallory, EID)).toMatchObject({ outcome: refused, strengths: [] })
  expect((await link(erika, ELSTER)).strengths).toEqual(['substantial'])
  await close()
})
