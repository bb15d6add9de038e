import { contextWords, passwordProblem } from '../../src/factors/password/rules.ts'
import { leastCpu } from '../support/cpu.ts'
import { account } from '../support/factor-drivers.ts'

const WORDS = contextWords(
  {
    ...account('a1', 'erika.muster'),
    email: 'erika@post.example',
    familyName: 'Mustermann',
    givenName: 'Bo',
  },
  'Jobcenter Musterstadt',
)

describe('A new password', () => {
  test.each([
    ['', 'pw_missing'],
    ['sieben7', 'short'],
    ['😀😀😀😀', 'short'],
    ['x'.repeat(257), 'long'],
    ['ERIKA@post.example', 'near'],
    ['Erika.Muster1', 'near'],
    ['jobcenter2026', 'near'],
    ['mustermann!!', 'near'],
    ['abababababab', 'same'],
    ['Passwort1', 'common'],
    ['P@ssw0rd', 'common'],
    ['ILOVEYOU', 'common'],
    ['ｐａｓｓｗｏｒｄ', 'common'],
    ['sonnenschein', 'common'],
    ['qwertzuiop', 'keys'],
    ['abcdefgh12', 'sequence'],
    ['sommer2024', 'name'],
    ['Berlin2026', 'weak'],
    ['nnamretsum', 'own'],
  ])('%s is refused as %s', async (password, code) => {
    expect(await passwordProblem(password, 8, WORDS)).toMatchObject({ code, field: 'password' })
  })

  test.each([
    'acht ABC',
    'nur kleine buchstaben',
    '1234 5678 9012 3456',
    'ein Jobcenter steht im Wald und schweigt',
    'пароль на весну',
    `${'lang und länger '.repeat(15)}ende`,
  ])(
    '%s is taken: there are no rules of composition, and a name in something much longer is no harm',
    async (password) => {
      expect(await passwordProblem(password, 8, WORDS)).toBeUndefined()
    },
  )

  test('counts characters as people do, in one form: a decomposed letter is one', async () => {
    expect(await passwordProblem('u\u0308ber 1a', 8, [])).toMatchObject({
      code: 'short',
      params: { least: 8 },
    })
    expect(await passwordProblem('u\u0308ber 1ab', 8, [])).toBeUndefined()
  })

  test('may contain short words of the person, which stand in many by chance', async () => {
    expect(WORDS).not.toContain('bo')
    expect(await passwordProblem('Bohnensuppe', 8, WORDS)).toBeUndefined()
  })
})

describe('The strength of a password', () => {
  test('takes no longer to see for a long one: what would take most time is only looked up', async () => {
    await passwordProblem('warm up first', 8, [])
    const { ms } = await leastCpu(2_000, async () => {
      for (const password of ['aB3$'.repeat(64), 'Tr0ub4dor&3 '.repeat(21), '1234 5678 9012 3456 78'])
        await passwordProblem(password, 8, WORDS)
    })
    expect(ms).toBeLessThan(2_000)
  })
})
