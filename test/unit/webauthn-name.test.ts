import fc from 'fast-check'
import { defaultName } from '../../src/factors/webauthn/name.ts'
import { DEFAULT_NAME, NAMED_AT, owner, person, webauthnWith } from '../support/passkey-person.ts'

const named = async (name: string, unicodeNames = false) =>
  (await person({}, { unicodeNames }).enrol({}, { name })).verdict

describe('The name that is proposed', () => {
  test.each([
    [NAMED_AT, 'Europe/Berlin', DEFAULT_NAME],
    [Date.UTC(2025, 11, 31, 23, 0, 0), 'Europe/Berlin', 'PK-1.1.2026-00:00:00'],
    [Date.UTC(2026, 9, 25, 0, 59, 59), 'Europe/Berlin', 'PK-25.10.2026-02:59:59'],
    [Date.UTC(2026, 9, 25, 1, 0, 0), 'Europe/Berlin', 'PK-25.10.2026-02:00:00'],
    [Date.UTC(2026, 10, 24, 9, 5, 7), 'Asia/Tokyo', 'PK-24.11.2026-18:05:07'],
  ])('at %i in %s is %s', (at, zone, name) => {
    expect(defaultName(at, zone)).toBe(name)
  })

  test('is always one that is accepted', () => {
    const moments = fc.integer({ min: 0, max: Date.UTC(9999, 0) })
    const zones = fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Pacific/Kiritimati', 'UTC')
    fc.assert(
      fc.property(moments, zones, (at, zone) => {
        expect(defaultName(at, zone)).toMatch(/^PK-[1-9]\d?\.[1-9]\d?\.\d{4}-\d\d:\d\d:\d\d$/)
      }),
    )
  })

  test('is taken where none is typed', async () => {
    const { enrol } = person()
    expect((await enrol()).verdict).toMatchObject({ value: { label: DEFAULT_NAME } })
  })
})

describe('A name', () => {
  test.each(['abc', 'A.b:c;d-e_f(g)h/1', 'x'.repeat(30), '  Handy  '])('„%s“ is accepted', async (name) => {
    expect(await named(name)).toMatchObject({ ok: true, value: { label: name.trim() } })
  })

  test.each(['', '   ', 'ab', 'x'.repeat(31), '.'.repeat(4096)])(
    'of the wrong length is refused (case %#)',
    async (name) => {
      expect(await named(name)).toMatchObject({
        ok: false,
        reason: 'malformed',
        hint: { code: 'len', field: 'name' },
      })
    },
  )

  test.each([
    ['Handy!', '!'],
    ['<b>Handy</b>', '<'],
    ['Müllers', 'ü'],
    ['a&b&c', '&'],
    ['Handy📱', '📱'],
    ['abc\u202Edef', 'U+202E'],
    ['abc\u0000', 'U+0000'],
    ['abc\tdef', 'U+0009'],
    ['abc\u200Bdef', 'U+200B'],
    ['abc\ud800def', 'U+D800'],
    ['x\u0301abc', 'U+0301'],
    ['ab\u00A0cd', 'U+00A0'],
  ])('%j is refused, and the sign is named', async (name, char) => {
    expect(await named(name)).toMatchObject({
      ok: false,
      reason: 'malformed',
      hint: { code: 'chars', params: { char }, field: 'name' },
    })
  })

  test('with a space is refused in words, for a space cannot be seen', async () => {
    expect(await named('Mein Handy')).toMatchObject({ ok: false, hint: { code: 'space', field: 'name' } })
  })

  test.each(['Müllers Handy', 'мой телефон', 'هاتفي', 'टेलीफ़ोन', 'Ⅻ'.repeat(3), 'e\u0301tude'])(
    '%s is accepted where the operator allows every script',
    async (name) => {
      expect(await named(name, true)).toMatchObject({ ok: true, value: { label: name.normalize('NFC') } })
    },
  )

  test.each(['abc\u202Edef', 'abc📱', 'ab\nc', 'ab\u00A0cd', '<b>abc', 'abc\u200Fdef'])(
    '%j is refused even there',
    async (name) => {
      expect(await named(name, true)).toMatchObject({ ok: false, hint: { code: 'chars' } })
    },
  )

  test('is counted in characters, not in bytes', async () => {
    expect(await named('ü'.repeat(30), true)).toMatchObject({ ok: true })
    expect(await named('𐌰'.repeat(30), true)).toMatchObject({ ok: true })
    expect(await named('𐌰𐌰', true)).toMatchObject({ ok: false, hint: { code: 'len' } })
  })

  test('of four kilobytes is not kept longer than needed for mending it', async () => {
    const factor = webauthnWith()
    const { remember } = await factor.beginEnrolment((await owner()).who, [])
    const verdict = await factor.finishEnrolment(remember, { name: '<'.repeat(4096) })
    if (verdict.ok || verdict.retry?.purpose !== 'enrol') throw new Error('no retry')
    expect(verdict.retry.name).toHaveLength(100)
  })

  test('the account uses already is refused', async () => {
    const { held, enrol } = await owner()
    const { verdict } = await enrol({}, { name: DEFAULT_NAME }, [held()])
    expect(verdict).toMatchObject({ ok: false, reason: 'malformed', hint: { code: 'taken', field: 'name' } })
  })
})
