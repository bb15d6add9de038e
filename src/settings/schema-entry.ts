import { isIP } from 'node:net'
import { z } from 'zod'
import { problem, text } from './schema-parts.ts'

/** `registration` of `config/pforte.yaml` */
export const registration = z.strictObject({
  group: text.describe('The customer group of accounts that people make for themselves.'),
})

/** Whether an address, or a CIDR block of addresses. */
export function isNetwork(written: string): boolean {
  const [address = '', prefix, ...rest] = written.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128))
}

/** `request_limits` of `config/pforte.yaml` */
export const requestLimits = z.strictObject({
  address: z
    .number()
    .int()
    .min(60)
    .max(1_000_000)
    .default(1_800)
    .describe('Of one address; a registered site has a limit of its own.'),
  application: z
    .number()
    .int()
    .min(60)
    .max(10_000_000)
    .default(60_000)
    .describe('Of one application that proves itself; beyond it they count for its address.'),
})

const most = z.number().int().positive().max(100_000)

/** `sites` of `config/pforte.yaml` */
export const sites = z
  .array(
    z.strictObject({
      name: text.describe('A name of its own.'),
      networks: z
        .array(text.refine(isNetwork, problem('is not an address', 'Use an address or a CIDR block.')))
        .min(1)
        .describe('Addresses or CIDR blocks from which the site reaches the provider.'),
      limits: z
        .strictObject({
          guesses: most.default(3000).describe('Failed sign-ins in a quarter of an hour; 300 elsewhere.'),
          codes: most
            .default(400)
            .describe('Mails in an hour with codes for a new password or account; 20 elsewhere.'),
          registrations: most.default(200).describe('New accounts in an hour; 10 elsewhere.'),
          requests: most
            .default(18_000)
            .describe('Requests in a minute to each process; elsewhere request_limits.address.'),
        })
        .prefault({})
        .describe('What all people there may do together.'),
    }),
  )
  .default([])
