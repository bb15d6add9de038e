import { pforteSchema } from '../../src/settings/schema.ts'

const read = (passkeys: unknown) =>
  pforteSchema.safeParse({ operator: { name: 'Jobcenter', zone: 'Europe/Berlin' }, passkeys })

describe('The settings of passkeys', () => {
  test('may be left out: no other origin, and plain names', () => {
    expect(read(undefined).data?.passkeys).toEqual({ related_origins: [], unicode_names: false })
  })

  test.each(['https://portal.example', 'https://portal.example:8443', 'http://localhost:3000'])(
    'take the origin %s',
    (origin) => expect(read({ related_origins: [origin] }).success).toBe(true),
  )

  test.each([
    'https://portal.example/',
    'https://portal.example/login',
    'https://portal.example:443',
    'https://Portal.example',
    'http://portal.example',
    'https://*.example',
    'portal.example',
    'android:apk-key-hash:x',
    '',
  ])('refuse „%s“, which no browser reports as an origin', (origin) => {
    expect(read({ related_origins: [origin] }).success).toBe(false)
  })
})
