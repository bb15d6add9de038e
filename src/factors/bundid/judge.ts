import type { AttributeName, Attributes } from '../../domain/personal.ts'
import { ATTRIBUTES } from './attributes.ts'
import { capped, type Level, levelOf, MEANS, type Means } from './meaning.ts'
import type { Dialect } from './provider.ts'
import type { Assertion, Reading } from './reading.ts'
import { Refused } from './refused.ts'

/** What an answer must fit. Instants in milliseconds. */
export interface Expected {
  /** The identity provider's entity ID. */
  issuer: string
  /** Our entity ID. */
  audience: string
  /** Our assertion consumer's address. */
  recipient: string
  /** Whether this is the ID of a request of this ceremony. */
  isRequest: (id: string) => boolean
  /** How the identity provider speaks of people; absent: as BundID does. */
  dialect?: Dialect | undefined
  /** What the operator wants to know about people. */
  attributes: readonly AttributeName[]
  /** When the ceremony began: an earlier login does not count. */
  since: number
  now: number
}

/** Who has logged in there, and how. */
export interface Identified {
  /** One-time; remembered until `until` (milliseconds). */
  assertionId: string
  until: number
  bpk2: string
  level: Level
  means: Means
  /** Two kinds were shown at a level that does not say so by itself. */
  twoKinds: boolean
  attributes: Attributes
}

type Spoken = Pick<Identified, 'bpk2' | 'level' | 'means' | 'twoKinds'>

export type Judgement = { kind: 'identified'; person: Identified } | { kind: Failure }

/** Why nobody logged in there: they broke off; no means reached the level; data was missing; the other side broke down. */
export type Failure = 'cancelled' | 'no_means' | 'denied' | 'outage'

export const ATTRIBUTE = {
  bpk2: 'urn:oid:1.3.6.1.4.1.25484.494450.3',
  level: 'urn:oid:1.2.40.0.10.2.1.1.261.94',
  provedBy: 'urn:oid:1.3.6.1.4.1.25484.494450.2',
  mfa: 'urn:oid:1.3.6.1.4.1.25484.494450.7',
} as const

const SKEW = 60_000
/** An answer is fresh; BundID's own are valid for five minutes. */
const OLDEST = 5 * 60_000
/** Characters of a name or an address. */
const LONGEST = 500
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:'

/** Judges what was read from signed bytes (SAML Profiles 4.1.4.3). Pure. Throws `Refused`. */
export function judge(reading: Reading, expected: Expected): Judgement {
  const { now } = expected
  if (reading.issuer !== expected.issuer) throw new Refused('issuer')
  if (reading.destination !== expected.recipient) throw new Refused('destination')
  if (!expected.isRequest(reading.inResponseTo ?? '')) throw new Refused('in_response_to')
  checkRecent(reading.issueInstant, now)
  if (!reading.assertion) return failureOf(reading.status)

  const { assertion } = reading
  if (assertion.issuer !== expected.issuer) throw new Refused('issuer')
  checkRecent(assertion.issueInstant, now)
  checkConfirmation(assertion, reading.inResponseTo ?? '', expected)
  checkConditions(assertion, expected)
  checkAuthn(assertion, expected)
  return {
    kind: 'identified',
    person: {
      assertionId: assertion.id,
      until: instant(assertion.notOnOrAfter) + SKEW,
      attributes: attributesOf(assertion, expected.attributes),
      ...(expected.dialect ? translated(assertion, expected.dialect) : byBundid(assertion)),
    },
  }
}

function byBundid(assertion: Assertion): Spoken {
  const means = meansOf(assertion)
  return {
    bpk2: nameOf(assertion, ATTRIBUTE.bpk2),
    level: capped(means, lowerLevel(assertion)),
    means,
    twoKinds: single(assertion, ATTRIBUTE.mfa) === 'true',
  }
}

function translated(assertion: Assertion, { person, levels }: Dialect): Spoken {
  const level = Object.hasOwn(levels, assertion.classRef) ? levels[assertion.classRef] : undefined
  if (!level) throw new Refused('level')
  return { bpk2: nameOf(assertion, person), level, means: 'other', twoKinds: false }
}

const FAILURES: Record<string, Failure> = {
  [`${STATUS}AuthnFailed`]: 'cancelled',
  [`${STATUS}NoAuthnContext`]: 'no_means',
  [`${STATUS}RequestDenied`]: 'denied',
}

/** The second code says what it was, where the sender knows; the first whose fault it is (SAML Core 3.2.2.2). */
function failureOf([first = '', second = '']: string[]): Judgement {
  const known = Object.hasOwn(FAILURES, second) ? FAILURES[second] : undefined
  if (known) return { kind: known }
  if (first === `${STATUS}Responder`) return { kind: 'outage' }
  throw new Refused('status')
}

function checkConfirmation({ confirmation: given }: Assertion, requestId: string, expected: Expected): void {
  if (given.method !== BEARER || given.notBefore !== undefined) throw new Refused('confirmation')
  if (given.recipient !== expected.recipient) throw new Refused('recipient')
  if (given.inResponseTo !== requestId) throw new Refused('in_response_to')
  checkNotOver(given.notOnOrAfter, expected.now)
}

function checkConditions({ notBefore, notOnOrAfter, audiences }: Assertion, expected: Expected): void {
  if (notBefore !== undefined && instant(notBefore) > expected.now + SKEW) throw new Refused('time')
  checkNotOver(notOnOrAfter, expected.now)
  if (audiences.length === 0 || !audiences.every((one) => one.includes(expected.audience)))
    throw new Refused('audience')
}

/** The login is of this ceremony: we always ask for a new one. */
function checkAuthn({ authnInstant, sessionNotOnOrAfter }: Assertion, { since, now }: Expected): void {
  const at = instant(authnInstant)
  if (at < since - SKEW || at > now + SKEW) throw new Refused('authn_instant')
  if (sessionNotOnOrAfter !== undefined) checkNotOver(sessionNotOnOrAfter, now)
}

function checkRecent(written: string | undefined, now: number): void {
  const at = instant(written)
  if (at < now - OLDEST - SKEW || at > now + SKEW) throw new Refused('time')
}

function checkNotOver(written: string | undefined, now: number): void {
  if (instant(written) <= now - SKEW) throw new Refused('time')
}

/** SAML instants are in UTC (SAML Core 1.3.3). Milliseconds. */
function instant(written: string | undefined): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(written ?? '')
    ? Date.parse(written ?? '')
    : Number.NaN
  if (Number.isNaN(at)) throw new Refused('time')
  return at
}

/** An attribute by its exact name, never by its friendly one: there once, with one value. */
function single({ attributes }: Assertion, name: string): string | undefined {
  const found = attributes.filter((one) => one.name === name)
  if (found.length === 0) return undefined
  const [value, ...more] = found.flatMap((one) => one.values)
  if (found.length > 1 || value === undefined || more.length > 0) throw new Refused('attributes')
  return value
}

/** The person's name at this service: 43 letters of base64url, longer where it comes from another account. */
function nameOf(assertion: Assertion, attribute: string): string {
  const value = single(assertion, attribute) ?? ''
  if (!/^[\x21-\x7e]{8,256}$/.test(value)) throw new Refused('attributes')
  return value
}

/** Data of a person is optional; NFC, so that equal names are equal. */
function attributesOf(assertion: Assertion, wanted: readonly AttributeName[]): Attributes {
  const found = wanted.map((name) => [
    name,
    (single(assertion, ATTRIBUTES[name]) ?? '').normalize('NFC').trim(),
  ])
  if (found.some(([, value = '']) => value.length > LONGEST)) throw new Refused('attributes')
  return Object.fromEntries(found.filter(([, value]) => value !== ''))
}

/** Context and attribute say the level twice; where they differ, the lower one holds. */
function lowerLevel(assertion: Assertion): Level {
  const written = [assertion.classRef, single(assertion, ATTRIBUTE.level) ?? assertion.classRef]
  const [one, other] = written.map(levelOf)
  if (!one || !other) throw new Refused('level')
  return one < other ? one : other
}

function meansOf(assertion: Assertion): Means {
  const value = single(assertion, ATTRIBUTE.provedBy)
  const means = MEANS.find((known) => known === value)
  if (!means) throw new Refused('means')
  return means
}
