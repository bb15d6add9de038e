import { CLIENT_FILE, testConfig } from '../support/config.ts'

const found = (more: string): string => {
  const config = testConfig()
  config.write('clients/portal.yaml', `${CLIENT_FILE}${more}\n`)
  return config.findings().join('\n')
}

describe('Claims in the file of a client', () => {
  test('are named as the application wants them, or not at all', () => {
    expect(found('scope: [openid, kundennummer]\nclaims: { kdnr: kundennummer }')).toBe('')
    expect(found('scope: [openid, profile]\nclaims: {}')).toBe('')
  })

  test.each([
    ['unknown', 'claims: { steuernummer: tax_id }', 'claims.steuernummer: is not a known value'],
    ['outside its scopes', 'claims: { kdnr: kundennummer }', 'claims.kdnr: kundennummer is in no scope'],
    [
      'in the name of the subject',
      'scope: [openid, kundennummer]\nclaims: { sub: kundennummer }',
      'claims.sub: is not usable as the name of a claim',
    ],
    [
      'under the name of another',
      'scope: [openid, profile, email]\nclaims: { email: preferred_username }',
      'claims.email: means something else than preferred_username',
    ],
  ])('are found to be wrong: %s', (_what, more, expected) => {
    expect(found(more)).toContain(`clients/portal.yaml: ${expected}`)
  })
})
