import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '../../src/domain/audit-event.ts'
import type { Enrolled } from '../../src/domain/factor.ts'
import type { Stores } from '../../src/journey/ports.ts'
import { openStores } from '../../src/store/index.ts'
import { Authenticator } from '../support/authenticator.ts'
import { embedded, postgres } from '../support/backends.ts'
import { account } from '../support/factor-drivers.ts'
import { webauthnWith } from '../support/passkey-person.ts'

const factor = webauthnWith()

/** A passkey as the factor hands it over, of an authenticator of its own. */
async function made(name: string): Promise<Enrolled<unknown>> {
  const { show, remember } = await factor.beginEnrolment(account('a1', 'erika'), [])
  const verdict = await factor.finishEnrolment(remember, { ...new Authenticator().create(show), name })
  if (!verdict.ok) throw new Error(verdict.reason)
  return verdict.value
}

describe.each([embedded, postgres])('Passkeys in $name', ({ name, open }) => {
  /** Two instances where the database can serve two. */
  let instances: Awaited<ReturnType<typeof openStores>>[]
  let stores: Stores

  beforeAll(async () => {
    const { database } = await open()
    const keyRing = [{ id: 'test', key: Buffer.alloc(32, 7) }]
    const one = () => openStores({ database, keyRing, onError: () => {} })
    instances = name === embedded.name ? [await one()] : [await one(), await one()]
    stores = instanceOf(0)
  })
  afterAll(async () => {
    for (const { close } of instances) await close()
  })

  const instanceOf = (n: number): Stores => {
    const instance = instances[n % instances.length]
    if (!instance) throw new Error('no instance')
    return instance.stores
  }

  const person = async (): Promise<string> => {
    const username = randomUUID()
    const event: AuditEvent = { event: 'account.created', by: 'cli' }
    const one = { username, emailVerified: false, group: 'citizens', locale: 'de' }
    const id = await stores.accounts.create(one, undefined, event)
    if (id === 'taken') throw new Error('taken')
    return id
  }

  const enrol = (accountId: string, passkey: Enrolled<unknown>, to = stores) => {
    const id = randomUUID()
    const event: AuditEvent = { event: 'factor.enrolled', factor: factor.id, credentialId: id, accountId }
    return to.credentials.enrol(id, accountId, factor.id, passkey, factor.maxPerAccount, event)
  }

  test('are at most ten: of ten set up at once beside eight, two are stored, whichever instance they reach', async () => {
    const id = await person()
    for (let n = 0; n < 8; n++) expect((await enrol(id, await made(`Handy-${n}`))).ok).toBe(true)
    const ten = await Promise.all(Array.from({ length: 10 }, (_, n) => made(`Neu-${n}`)))
    const results = await Promise.all(ten.map((passkey, n) => enrol(id, passkey, instanceOf(n))))
    expect(results.filter(({ ok }) => ok)).toHaveLength(2)
    expect(results.filter((r) => !r.ok && r.reason === 'limit')).toHaveLength(8)
    expect(await stores.credentials.ofAccount(id)).toHaveLength(10)
    expect(await enrol(id, await made('Elfter'))).toEqual({ ok: false, reason: 'limit' })
    expect(await stores.credentials.ofAccount(id)).toHaveLength(10)
  })

  test('work on, all of them, when the limit is lowered afterwards', async () => {
    const id = await person()
    for (let n = 0; n < 3; n++) await enrol(id, await made(`Handy-${n}`))
    const credentialId = randomUUID()
    const event: AuditEvent = { event: 'factor.enrolled', factor: factor.id, credentialId, accountId: id }
    const more = await stores.credentials.enrol(credentialId, id, factor.id, await made('Neu'), 2, event)
    expect(more).toEqual({ ok: false, reason: 'limit' })
    for (const held of await stores.credentials.ofAccount(id)) {
      const used: AuditEvent = { event: 'factor.verified', factor: factor.id, credentialId: held.id }
      expect(await stores.credentials.use(held, 1, used)).toBe(true)
    }
  })

  test('have different names within an account, also when two come at once', async () => {
    const id = await person()
    const two = [await made('Handy'), await made('Handy')]
    const results = await Promise.all(two.map((passkey, n) => enrol(id, passkey, instanceOf(n))))
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(results.find(({ ok }) => !ok)).toEqual({ ok: false, reason: 'duplicate' })
    expect((await enrol(await person(), await made('Handy'))).ok).toBe(true)
  })

  test('belong to one account: the same one is stored for no other, and not twice, also at once', async () => {
    const [erika, max] = [await person(), await person()]
    const passkey = await made('Handy')
    const again = { ...passkey, label: 'Anderes' }
    const results = await Promise.all([enrol(erika, passkey), enrol(max, again, instanceOf(1))])
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    for (const id of [erika, max]) expect(await enrol(id, again)).toEqual({ ok: false, reason: 'duplicate' })
  })

  test('come back as they were stored, and one use of two at once counts', async () => {
    const id = await person()
    const passkey = await made('Handy')
    await enrol(id, passkey)
    const held = await stores.credentials.byExternalId(factor.id, passkey.externalId ?? '')
    if (!held) throw new Error('not stored')
    expect(held).toMatchObject({ ...passkey, accountId: id, suspended: false })
    expect(factor.data.parse(held.data)).toEqual(passkey.data)
    const event: AuditEvent = { event: 'factor.verified', factor: factor.id, credentialId: held.id }
    const uses = await Promise.all([0, 1].map((n) => instanceOf(n).credentials.use(held, 1, event)))
    expect(uses.filter(Boolean)).toHaveLength(1)
  })
})
