import { readFileSync } from 'node:fs'
import { decide, type Step } from '../../src/domain/decide.ts'
import { factsOf } from '../../src/domain/facts.ts'
import { ask, type Policy } from '../../src/domain/policy.ts'
import { FACTORS, KINDS, LEVELS, type Name, requirement } from './worlds.ts'

const DATES = {
  optional: '2025-02-28T23:59:59+01:00',
  offered: '2025-04-28T23:59:59+02:00',
  required: '2025-04-29T00:00:00+02:00',
}
const CLIENTS = {
  portal: requirement(),
  bank: LEVELS.phr.requirement,
  register: LEVELS.substantial.requirement,
}
/** The seed's own history: announced and offered in spring, mandatory at midnight of 29 April 2025 in Berlin. */
const POLICY: Policy = {
  levels: Object.values(LEVELS),
  rules: [
    {
      name: 'mfa-for-everybody',
      demand: LEVELS.mfa.requirement,
      announce: Date.parse('2025-03-01T00:00:00+01:00'),
      prompt: Date.parse('2025-04-01T00:00:00+02:00'),
      require: Date.parse('2025-04-29T00:00:00+02:00'),
    },
  ],
  epoch: 'e',
}

/** One line: what an account holds and has proven in its session, where, what the request asks, when; and the step. */
export interface Row {
  holds: string
  proven: string
  client: string
  asked: string
  date: string
  step: string
}

export const COLUMNS = ['holds', 'proven', 'client', 'asked', 'date', 'step'] as const

export const rowsOf = (path: string): Row[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim())
      return Object.fromEntries(COLUMNS.map((name, i) => [name, cells[i] ?? ''])) as unknown as Row
    })

/**
 * The step that follows, in the words of the table: `done sfa`, `verify totp`, `enrol webauthn totp`, `offer …` where
 * it may be skipped. `asked` holds acr values, `max_age=` in seconds, and `silent` for prompt=none; what is proven
 * `(stale)` was so an hour ago.
 */
export function stepOf({ holds, proven, client, asked, date }: Omit<Row, 'step'>): string {
  const now = Date.parse(DATES[date as keyof typeof DATES])
  const [shown = '', stale] = proven.split(' (')
  const words = asked.split(' ').filter((word) => word !== '-')
  const maxAge = words.find((word) => word.startsWith('max_age='))?.slice(8)
  const credentials = names(holds).map((name) => ({ id: name, ...KINDS[name], suspended: false }))
  const facts = factsOf({
    now,
    policy: POLICY,
    ask: ask(POLICY, { id: 'a1', group: 'citizens' }, client, now),
    factors: FACTORS,
    client: { clientId: client, requirement: CLIENTS[client as keyof typeof CLIENTS] },
    asked: {
      acrValues: words.filter((word) => word in LEVELS),
      essential: false,
      ...(maxAge ? { maxAge: Number(maxAge) } : {}),
      reauthenticate: false,
      interactive: !words.includes('silent'),
    },
    account: { locked: false },
    credentials,
    proofs: names(shown).map((name) => ({
      credentialId: name,
      ...KINDS[name],
      at: stale ? now - 3_600_000 : now,
    })),
    sessionAbsolute: 43_200,
    skipped: [],
  })
  return told(decide(facts))
}

const names = (cell: string): Name[] => cell.split(' ').filter((word): word is Name => word in KINDS)

function told(step: Step): string {
  switch (step.kind) {
    case 'done':
      return `done ${step.assurance.acr}`
    case 'refuse':
      return `refuse ${step.error}`
    case 'enrol':
      return `${step.skippable ? 'offer' : 'enrol'} ${step.offer.join(' ')}`
    case 'vouch':
      return `vouch ${step.by}`
    default:
      return `${step.kind} ${step.offer.join(' ')}`
  }
}
