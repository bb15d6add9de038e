import { decide } from '../../src/domain/decide.ts'
import { factsOf, LEVELS, requirement, type World } from '../support/worlds.ts'

const MFA = requirement({ distinctKinds: 2 })
const step = (world: World) => decide(factsOf(world))

describe('The two ways around MFA that once were there', () => {
  test('with nothing proven nobody sets anything up', () => {
    expect(step({ wallet: { pw: 'idle' }, required: MFA })).toMatchObject({ kind: 'identify' })
    expect(step({ wallet: { pw: 'idle' }, required: MFA, wanted: 'totp' })).toMatchObject({
      kind: 'identify',
    })
  })

  test('where a client takes passkeys alone, the holder of the password binds none past an enrolled TOTP', () => {
    const required = requirement({ distinctKinds: 2, permitted: ['webauthn'] })
    expect(step({ wallet: { pw: 'fresh', totp: 'idle' }, required })).toMatchObject({
      kind: 'verify',
      offer: ['totp'],
    })
    expect(step({ wallet: { pw: 'fresh', totp: 'fresh' }, required })).toMatchObject({
      kind: 'enrol',
      offer: ['webauthn'],
      skippable: false,
    })
  })
})

describe('A client that permits fewer factors is no way around the others', () => {
  test('a password alone does not open an account that has a passkey', () => {
    const required = requirement({ permitted: ['password', 'totp'] })
    expect(step({ wallet: { pw: 'fresh', pk: 'idle' }, required })).toMatchObject({
      kind: 'verify',
      offer: ['webauthn'],
    })
  })
})

describe('From password to done', () => {
  test('nobody is known: whoever identifies is offered', () => {
    expect(step({ wallet: {} })).toMatchObject({
      kind: 'identify',
      offer: ['password', 'webauthn', 'bundid'],
    })
  })

  test('set-up is required: all that leads there is offered, nothing can be skipped', () => {
    expect(step({ wallet: { pw: 'fresh' }, required: MFA })).toMatchObject({
      kind: 'enrol',
      offer: ['totp', 'webauthn', 'bundid'],
      skippable: false,
    })
  })

  test('set-up is offered: what was skipped is not offered again, and nothing is required', () => {
    const world = { wallet: { pw: 'fresh' }, offered: MFA } as const
    expect(step(world)).toMatchObject({ kind: 'enrol', skippable: true })
    expect(step({ ...world, skipped: ['totp', 'webauthn', 'bundid'] })).toMatchObject({ kind: 'done' })
  })

  test('what was skipped is not read where it is required', () => {
    const skipped = ['totp', 'webauthn', 'bundid']
    expect(step({ wallet: { pw: 'fresh' }, required: MFA, skipped })).toMatchObject({
      kind: 'enrol',
      skippable: false,
    })
  })

  test('what is set up is asked for, even where policy asks for nothing', () => {
    expect(step({ wallet: { pw: 'fresh', totp: 'idle' } })).toMatchObject({ kind: 'verify', offer: ['totp'] })
  })

  test('a passkey alone is enough', () => {
    expect(step({ wallet: { pw: 'idle', pk: 'fresh' }, required: MFA })).toMatchObject({
      kind: 'done',
      assurance: { acr: 'phr', amr: ['hwk', 'user', 'mfa'] },
    })
  })

  test('what one would like besides is set up after the strongest proof, and may be left', () => {
    const world = { required: MFA, wanted: 'totp' } as const
    expect(step({ ...world, wallet: { pw: 'idle', pk: 'stale' } })).toMatchObject({
      kind: 'verify',
      offer: expect.arrayContaining(['webauthn']),
    })
    expect(step({ ...world, wallet: { pw: 'idle', pk: 'fresh' } })).toMatchObject({
      kind: 'enrol',
      offer: ['totp'],
      skippable: true,
    })
  })

  test('what there is one of is replaced, after a fresh proof of it', () => {
    const world = { required: MFA, wanted: 'totp' } as const
    expect(step({ ...world, wallet: { pw: 'fresh', totp: 'stale' } })).toMatchObject({ kind: 'verify' })
    expect(step({ ...world, wallet: { pw: 'fresh', totp: 'fresh' } })).toMatchObject({
      kind: 'enrol',
      offer: ['totp'],
      skippable: true,
    })
  })

  test('a request can raise the demand and never lower it', () => {
    const wallet = { pw: 'fresh', totp: 'fresh' } as const
    expect(step({ wallet, required: MFA, asked: [LEVELS.phr] })).toMatchObject({ kind: 'enrol' })
    expect(step({ wallet: { pw: 'fresh', totp: 'idle' }, required: MFA, asked: [LEVELS.sfa] })).toMatchObject(
      {
        kind: 'verify',
      },
    )
    expect(step({ wallet, required: MFA, asked: [LEVELS.sfa] })).toMatchObject({ assurance: { acr: 'sfa' } })
  })

  test('under prompt=none nothing is asked: an error says what is missing', () => {
    const silent = { interactive: false, required: MFA }
    expect(step({ ...silent, wallet: { pw: 'fresh', totp: 'idle' } })).toMatchObject({
      error: 'login_required',
    })
    expect(step({ ...silent, wallet: { pw: 'fresh' } })).toMatchObject({ error: 'interaction_required' })
    expect(step({ ...silent, wallet: { pw: 'fresh', totp: 'fresh' } })).toMatchObject({ kind: 'done' })
  })

  test('a suspended credential proves nothing, and is not got around by setting up another', () => {
    expect(step({ wallet: { pw: 'fresh', pk: 'suspended' }, required: MFA })).toMatchObject({
      kind: 'refuse',
      why: 'strongest_is_suspended',
    })
  })
})
