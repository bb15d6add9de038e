import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'koa'
import { formAgain } from '../../src/web/again.ts'

const ROUTES = [...readFileSync('src/web/routes.ts', 'utf8').matchAll(/router\.post\(['`]([^'`]+)['`]/g)].map(
  ([, route = '']) => route.replace(/^\$\{one\}/, '/account/credentials/:id'),
)
const FACTORS = ['password', 'totp', 'recovery-codes', 'webauthn', 'bundid', '']
const PURPOSES = ['identify', 'verify', 'enrol']

const again = (route: string, body: Record<string, unknown>, ours = true) =>
  formAgain({
    path: route.replace(':uid', 'u').replace(':id', 'i'),
    _matchedRoute: route,
    state: { ours },
    request: { body: { _csrf: 'token', ...body } },
  } as unknown as Context)

describe('A form that comes back on the page of an outage', () => {
  test.each([
    'password',
    'code',
    'number',
    'credential',
    'authenticationError',
    'SAMLResponse',
    'RelayState',
    'numbers',
    'anything',
    'constructor',
  ])('never holds what was typed as "%s", whichever form it is', (name) => {
    let forms = 0
    for (const route of ROUTES)
      for (const factor of FACTORS)
        for (const purpose of PURPOSES) {
          const form = again(route, { factor, purpose, [name]: 'the secret' })
          forms += 1
          expect(JSON.stringify(form) ?? '').not.toContain('the secret')
        }
    expect(forms).toBeGreaterThan(500)
  })

  test('is none where a field is unknown, is there twice, or the form is not ours', () => {
    const route = '/interaction/:uid/reset'
    expect(again(route, { identifier: 'max' })?.fields).toMatchObject([{ name: 'identifier', value: 'max' }])
    expect(again(route, { identifier: 'max', other: '' })).toBeUndefined()
    expect(again(route, { identifier: 'max', constructor: '' })).toBeUndefined()
    expect(again(route, { identifier: ['max', 'mia'] })).toBeUndefined()
    expect(again(route, { identifier: 'max' }, false)).toBeUndefined()
  })

  test('has every field that people type at a login or at their account', () => {
    const typed = ['account', 'entry', 'factors', 'phone', 'steps'].flatMap((folder) =>
      readdirSync(join('views', folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.eta'))
        .flatMap((file) => [
          ...readFileSync(join('views', folder, file), 'utf8').matchAll(
            /'\/parts\/field', \{[^}]*?name: '(\w+)'/g,
          ),
        ])
        .map(([, name = '']) => name),
    )
    expect(new Set(typed).size).toBeGreaterThan(6)
    const known = new Set(
      ROUTES.flatMap((route) =>
        FACTORS.flatMap((factor) =>
          typed.filter((name) => again(route, { factor, [name]: 'x' }) !== undefined),
        ),
      ),
    )
    expect([...new Set(typed)].filter((name) => !known.has(name))).toEqual([])
  })
})
