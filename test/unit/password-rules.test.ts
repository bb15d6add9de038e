import { contextWords, passwordProblem } from '../../src/factors/password/rules.ts'
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
  ])('%s is refused as %s', (password, code) => {
    expect(passwordProblem(password, 8, WORDS)).toMatchObject({ code, field: 'password' })
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
    (password) => {
      expect(passwordProblem(password, 8, WORDS)).toBeUndefined()
    },
  )

  test('counts characters as people do, in one form: a decomposed letter is one', () => {
    expect(passwordProblem('u\u0308berall', 8, [])).toMatchObject({ code: 'short', params: { least: 8 } })
    expect(passwordProblem('u\u0308beralle', 8, [])).toBeUndefined()
  })

  test('may contain short words of the person, which stand in many by chance', () => {
    expect(WORDS).not.toContain('bo')
    expect(passwordProblem('Bohnensuppe', 8, WORDS)).toBeUndefined()
  })
})
