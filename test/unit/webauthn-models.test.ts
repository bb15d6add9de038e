import { X509Certificate } from 'node:crypto'
import type { Account } from '../../src/domain/account.ts'
import { ATTESTATION_KEY, CERTIFICATE, MAKER } from '../support/attestation.ts'
import { type Forgery, optionsOn } from '../support/authenticator.ts'
import { account } from '../support/factor-drivers.ts'
import { person } from '../support/passkey-person.ts'

const { aaguid, root, series, certificate, key } = MAKER
const NOW = Date.UTC(2026, 10, 25, 18)
const models = { groups: ['staff'], allowed: [{ aaguid, roots: [new X509Certificate(root)] }] }
const officer: Account = { ...account('a1', 'erika'), group: 'staff' }

const staff = (model = aaguid, now = NOW) => person({ aaguid: model }, { models, now: () => now }, officer)
const attested = (...x5c: Uint8Array[]): Forgery => ({ fmt: 'packed', x5c, signer: key })

describe('Where models are named', () => {
  test('the browser is asked for an attestation, in the groups that are held to it alone', async () => {
    const asked = async (who: Account) => {
      const { show } = await person({}, { models, now: () => NOW }, who).factor.beginEnrolment(who, [])
      return (optionsOn(show) as { attestation?: string }).attestation
    }
    expect(await asked(officer)).toBe('direct')
    expect(await asked(account('a2', 'max'))).toBe('none')
  })

  test('a model that proves what it is by its maker is taken', async () => {
    expect((await staff().enrol(attested(certificate, series))).outcome).toBe('ok')
    expect((await staff().enrol(attested(certificate, series, root))).outcome).toBe('ok')
  })

  test('the passkey signs in later without one', async () => {
    const officer = staff()
    await officer.enrol(attested(certificate, series))
    expect((await officer.login()).outcome).toBe('ok')
  })

  test('nobody else is asked: citizens use what they have', async () => {
    const citizen = person({}, { models, now: () => NOW }, account('a2', 'max'))
    expect((await citizen.enrol()).outcome).toBe('ok')
  })

  test.each<[string, Forgery]>([
    ['that says nothing of its make', {}],
    ['that signs for itself', { fmt: 'packed' }],
    ['without the certificate between', attested(certificate)],
    [
      'with a certificate of a maker of its own',
      { ...attested(new Uint8Array(CERTIFICATE)), signer: ATTESTATION_KEY },
    ],
    [
      'with a foreign certificate under the root of the maker',
      { ...attested(new Uint8Array(CERTIFICATE), root), signer: ATTESTATION_KEY },
    ],
  ])('one %s is refused in words', async (_, forged) => {
    const { verdict } = await staff().enrol(forged)
    expect(verdict).toMatchObject({ ok: false, reason: 'wrong', hint: { code: 'model' } })
  })

  test('one is refused that says a listed model of itself, with the certificate of another', async () => {
    const listed = '6d44ba9b-f6ec-2e49-b930-0c8fe920cb73'
    const both = { ...models, allowed: [{ aaguid: listed, roots: [new X509Certificate(root)] }] }
    const one = person({ aaguid: listed }, { models: both, now: () => NOW }, officer)
    expect((await one.enrol(attested(certificate, series))).outcome).toBe('failed')
  })

  test('another model of the same maker is refused', async () => {
    expect(
      (await staff('6d44ba9b-f6ec-2e49-b930-0c8fe920cb73').enrol(attested(certificate, series))).outcome,
    ).toBe('failed')
  })

  test("a certificate whose signature is not its key's is refused", async () => {
    expect((await staff().enrol({ ...attested(certificate, series), signer: ATTESTATION_KEY })).outcome).toBe(
      'failed',
    )
  })

  test('certificates count for their time alone', async () => {
    expect((await staff(aaguid, Date.UTC(2020, 0)).enrol(attested(certificate, series))).outcome).toBe(
      'model',
    )
  })

  test('garbage instead of certificates is an answer that does not fit, never an exception', async () => {
    const garbage = new Uint8Array(40).fill(7)
    expect((await staff().enrol(attested(garbage))).outcome).toBe('failed')
    expect((await staff().enrol(attested(certificate, garbage))).outcome).toBe('model')
    const noList = new Map<string, unknown>([['x5c', 'no list']])
    expect((await staff().enrol({ fmt: 'packed', attStmt: noList })).outcome).toBe('failed')
  })
})
