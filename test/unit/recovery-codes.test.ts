import { randomBytes } from 'node:crypto'
import { codeIn, makeCode, written } from '../../src/factors/recovery-codes/code.ts'
import { createRecoveryCodes } from '../../src/factors/recovery-codes/index.ts'
import { account } from '../support/factor-drivers.ts'

const factor = createRecoveryCodes({ keys: [Buffer.alloc(32, 8)], random: randomBytes })

describe('Recovery codes', () => {
  test('are ten different ones of eight signs, none of which is mistaken for another', async () => {
    const { remember } = await factor.beginEnrolment(account('a1', 'erika'), [])
    expect(new Set(remember?.codes).size).toBe(10)
    for (const code of remember?.codes ?? []) expect(code).toMatch(/^[A-HJ-NP-Z2-9]{8}$/)
  })

  test('use every sign alike', () => {
    const seen = new Map<string, number>()
    for (let n = 0; n < 256; n++)
      for (const sign of makeCode((bytes) => new Uint8Array(bytes).fill(n)))
        seen.set(sign, (seen.get(sign) ?? 0) + 1)
    expect([seen.size, new Set(seen.values()).size]).toEqual([32, 1])
  })

  test.each(['abcd-2345', ' ABCD 2345 ', 'AbCd–2345', 'ＡＢＣＤ２３４５'])(
    'typed as %s are the same',
    (typed) => {
      expect(codeIn(typed)).toBe('ABCD2345')
      expect(written('ABCD2345')).toBe('ABCD-2345')
    },
  )

  test.each(['ABCD-234', 'ABCD-23456', 'ABCD-0345', 'ABCD-1345', 'ABC\u0000D2345', 'ÄBCD2345'])(
    'are not what %j is',
    async (code) => {
      expect(codeIn(code)).toBeUndefined()
      expect(await factor.finishVerification(null, { code }, async () => [])).toMatchObject({
        reason: 'malformed',
      })
    },
  )

  test('are kept as digests alone, which another key does not make', async () => {
    const { remember } = await factor.beginEnrolment(account('a1', 'erika'), [])
    const verdict = await factor.finishEnrolment(remember, { kept: 'on' })
    if (!verdict.ok) throw new Error('not set up')
    const kept = JSON.stringify(verdict.value.data)
    for (const code of remember?.codes ?? []) expect(kept).not.toContain(code)
    const foreign = createRecoveryCodes({ keys: [Buffer.alloc(32, 9)], random: randomBytes })
    const other = await foreign.finishEnrolment(remember, { kept: 'on' })
    expect(other.ok && other.value.data.left.some((digest) => kept.includes(digest))).toBe(false)
  })

  test('are not set up before the person says that they are kept, and are the same ones then', async () => {
    const { show, remember } = await factor.beginEnrolment(account('a1', 'erika'), [])
    const verdict = await factor.finishEnrolment(remember, {})
    expect(verdict).toMatchObject({ ok: false, hint: { code: 'not_kept', field: 'kept' } })
    expect(await factor.resume(verdict.ok ? null : (verdict.retry ?? null), 'enrol')).toEqual(show)
  })
})
