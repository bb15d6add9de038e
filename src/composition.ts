import { hkdfSync } from 'node:crypto'
import type { Factor, FactorId } from './domain/factor.ts'
import type { Rotation } from './domain/signing-keys.ts'
import { createFactors } from './factors/index.ts'
import { createHasher, type Hasher } from './factors/password/hash.ts'
import type { RegistrationDeps } from './oidc/registration.ts'
import type { ProfileName } from './settings/profiles.ts'
import { acceptRegistration } from './settings/registration.ts'
import type { Live, Settings } from './settings/types.ts'

/** Seconds that a signed token lives at most (`resources` and clients in the settings). */
const LONGEST_TOKEN = 3_600

export interface FactorParts {
  hasher: Hasher
  live: () => Live
  /** Whether a SAML assertion is used for the first time; it is remembered until an instant (milliseconds). */
  once: (id: string, until: number) => Promise<boolean>
  /** Milliseconds since 1970. */
  now: () => number
}

/** The factors as these settings want them; process, command line and tests use the same. */
export function factorsFor(
  settings: Settings,
  { hasher, live, once, now }: FactorParts,
): ReadonlyMap<FactorId, Factor> {
  const { hostname, origin } = new URL(settings.issuer)
  return createFactors({
    password: {
      hasher,
      least: settings.password.least,
      leastAlone: settings.password.leastAlone,
      service: () => live().operator.name,
    },
    totp: { issuer: () => live().totpIssuer, most: settings.totpMost },
    passkeys: {
      rpId: hostname,
      origins: [origin, ...settings.passkeys.relatedOrigins],
      rpName: () => live().operator.name,
      zone: () => live().operator.zone,
      unicodeNames: settings.passkeys.unicodeNames,
      ...(settings.passkeys.models ? { models: settings.passkeys.models } : {}),
      handleKey: derive(settings, 'passkeys'),
    },
    federations: Object.entries(settings.identityProviders).map(([id, sides]) => ({ id, ...sides, once })),
    recoveryCodes: { keys: settings.keyRing.map((_, i) => derive(settings, 'recovery-codes', i)) },
    now,
  })
}

/** The same factors, to plan with only: none of them is run. */
export const plannable = (settings: Settings): Factor[] => [
  ...factorsFor(settings, {
    hasher: createHasher(settings.password),
    live: () => settings.live,
    once: async () => false,
    now: Date.now,
  }).values(),
]

/** How signing keys are replaced; what they signed is verified for as long as the longest session lasts. */
export const rotationOf = ({ signingKeys, session }: Settings): Rotation => ({
  ...signingKeys,
  keep: (session.absolute + LONGEST_TOKEN) * 1_000,
})

/** Keys for cookies and tokens, each for one purpose, from the key ring; `index` 0 is the newest. */
export function derive({ keyRing }: Settings, purpose: string, index = 0): Buffer {
  const source = keyRing[index]
  if (!source) throw new Error('the key ring is empty')
  return Buffer.from(hkdfSync('sha256', source.key, '', `pforte|${purpose}`, 32))
}

/** Registered by the rules of files. */
export const registrationOf = (
  open: NonNullable<Settings['clientRegistration']>,
  stores: RegistrationDeps['stores'],
  taken: () => string[],
): RegistrationDeps => ({
  profiles: open.profiles,
  stores,
  accept(profile, id, asked) {
    const accepted = acceptRegistration(open, taken(), profile as ProfileName, id, asked)
    if ('client' in accepted) return accepted.client
    return accepted.findings.map(({ path, reason, fix }) => `${path} ${reason}: ${fix}`).join(' ')
  },
})

/** The keys that sign cookies, newest first. */
export const cookieKeys = (settings: Settings): string[] =>
  settings.keyRing.map((_, i) => derive(settings, 'cookies', i).toString('base64url'))
