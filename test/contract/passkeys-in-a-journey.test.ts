import { randomUUID } from 'node:crypto'
import type { Answer, Factor, Show } from '../../src/domain/factor.ts'
import { answer } from '../../src/journey/answer.ts'
import type { Deps } from '../../src/journey/deps.ts'
import { STRANGERS } from '../../src/journey/network.ts'
import { type Interaction, open, show } from '../../src/journey/passage.ts'
import { type OpenStores, openStores } from '../../src/store/index.ts'
import { Authenticator, optionsOn } from '../support/authenticator.ts'
import { embedded } from '../support/backends.ts'
import { account } from '../support/factor-drivers.ts'
import { webauthnWith } from '../support/passkey-person.ts'
import { policyOf } from '../support/policy.ts'

describe('A passkey in a journey', () => {
  const webauthn = webauthnWith()
  let opened: OpenStores
  let deps: Deps
  let now = Date.UTC(2026, 10, 24, 12)

  beforeAll(async () => {
    const { database } = await embedded.open()
    const keyRing = [{ id: 'test', key: Buffer.alloc(32, 7) }]
    opened = await openStores({ database, keyRing, onError: () => {} })
    deps = {
      stores: opened.stores,
      factors: new Map([[webauthn.id, webauthn as Factor]]),
      policy: () => policyOf({}),
      now: () => now,
      clients: () => [],
      newcomers: () => undefined,
      mails: false,
      registration: () => undefined,
      sessionIdle: 1800,
      sessionAbsolute: 43_200,
    }
  })
  afterAll(() => opened?.close())

  /** An account with a passkey. */
  const person = async (authenticator = new Authenticator({ counter: 5 })) => {
    const username = randomUUID()
    const created = { event: 'account.created', by: 'cli' } as const
    const one = { username, emailVerified: false, group: 'citizens', locale: 'de' }
    const accountId = await deps.stores.accounts.create(one, undefined, created)
    const { show, remember } = await webauthn.beginEnrolment(account(accountId, username), [])
    const verdict = await webauthn.finishEnrolment(remember, authenticator.create(show))
    if (!verdict.ok) throw new Error(verdict.reason)
    const id = randomUUID()
    const event = { event: 'factor.enrolled', factor: 'webauthn', credentialId: id } as const
    await deps.stores.credentials.enrol(id, accountId, 'webauthn', verdict.value, 10, event)
    return { accountId, authenticator, credentialId: id }
  }

  const login = (over: Partial<Interaction> = {}): Interaction => ({
    cid: randomUUID(),
    sessionUid: undefined,
    client: { clientId: 'portal' },
    asked: { acrValues: [], essential: false, reauthenticate: false, interactive: true },
    requestId: randomUUID(),
    ...over,
  })

  const page = async (at: Interaction): Promise<Show> => show(deps, await open(deps, at), 'webauthn')

  const send = async (at: Interaction, given: Answer, address = '203.0.113.7') =>
    answer(deps, await open(deps, at), 'webauthn', given, {
      address,
      network: { key: address, ...STRANGERS },
      knows: () => false,
    })

  const auditOf = async (at: Interaction) => {
    const { rows } = await opened.pool.query<{ event: string; data: Record<string, unknown> }>(
      'SELECT event, data FROM audit WHERE request_id = $1 ORDER BY id',
      [at.requestId],
    )
    return rows
  }

  test('alone completes what policy demands of everybody', async () => {
    const { accountId, authenticator } = await person()
    const at = login()
    const given = authenticator.get(await page(at))
    expect(await send(at, given)).toEqual({ ok: true, accountId })
    const { step } = await open(deps, at)
    expect(step).toMatchObject({ kind: 'done', assurance: { acr: 'phr', amr: ['hwk', 'user', 'mfa'] } })
  })

  test('answers one challenge once: of five answers at once one counts', async () => {
    const { authenticator } = await person(new Authenticator())
    const at = login()
    const given = authenticator.get(await page(at))
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => send(at, given)))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
  })

  test('answers no challenge of another browser, and none that is ten minutes old', async () => {
    const { authenticator } = await person()
    const [mine, other] = [login(), login()]
    const given = authenticator.get(await page(other))
    await page(mine)
    expect(await send(mine, given)).toMatchObject({ ok: false, reason: 'wrong', hint: { code: 'stale' } })

    const late = login()
    const answered = authenticator.get(await page(late))
    now += 10 * 60_000 + 1
    expect(await send(late, answered)).toMatchObject({ ok: false, reason: 'expired' })
  })

  test('that was refused spends its challenge; one that was broken off does not', async () => {
    const { authenticator } = await person()
    const at = login()
    const first = await page(at)
    await send(at, { authenticationError: 'NotAllowedError' })
    expect(await page(at)).toEqual(first)
    await send(at, authenticator.get(first, { signer: new Authenticator().privateKey }))
    expect(optionsOn(await page(at)).challenge).not.toBe(optionsOn(first).challenge)
    expect(await send(at, authenticator.get(await page(at)))).toMatchObject({ ok: true })
  })

  test('whose counter goes back is suspended, which is recorded, and proves nothing any more', async () => {
    const { authenticator, credentialId, accountId } = await person()
    const at = login()
    expect(await send(at, authenticator.get(await page(at), { counter: 3 }))).toMatchObject({
      ok: false,
      reason: 'replayed',
      hint: { code: 'counter' },
    })
    expect(await auditOf(at)).toMatchObject([
      { event: 'factor.suspended', data: { factor: 'webauthn', credentialId, reason: 'replayed' } },
      { event: 'factor.refused', data: { factor: 'webauthn', reason: 'replayed', hint: 'counter' } },
    ])
    expect(await deps.stores.credentials.ofAccount(accountId)).toMatchObject([{ suspended: true }])
    expect(await send(at, authenticator.get(await page(at)))).toMatchObject({
      ok: false,
      reason: 'unknown_credential',
    })
  })

  test('of any account may be used where a session knows another one and asks anew', async () => {
    const [erika, max] = [await person(), await person()]
    const session = JSON.stringify({ accountId: erika.accountId, proofs: [] })
    await deps.stores.ephemeral.put('evidence:s1', session, 60)
    const anew = login({ sessionUid: 's1' })
    expect(await send(anew, max.authenticator.get(await page(anew)))).toEqual({
      ok: true,
      accountId: max.accountId,
    })
  })

  test('may be used on two devices at once where it has no counter', async () => {
    const { authenticator } = await person(new Authenticator())
    const [here, there] = [login(), login()]
    const answers = [authenticator.get(await page(here)), authenticator.get(await page(there))]
    const outcomes = await Promise.all([here, there].map((at, n) => send(at, answers[n] ?? {})))
    expect(outcomes).toMatchObject([{ ok: true }, { ok: true }])
  })

  test('cannot be locked for everybody by a stranger who sends garbage', async () => {
    const { authenticator } = await person()
    for (let n = 0; n < 120; n++) {
      const at = login()
      await page(at)
      await send(at, { credential: '{}' }, `198.51.100.${n}`)
    }
    const at = login()
    expect(await send(at, authenticator.get(await page(at)))).toMatchObject({ ok: true })
  })
})
