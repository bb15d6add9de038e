import { z } from 'zod'

/** `client_registration` of `config/pforte.yaml` */
export const clientRegistration = z.strictObject({
  profiles: z
    .array(z.enum(['web', 'spa', 'native', 'fapi2']))
    .min(1)
    .describe('Kinds of application that may register themselves.'),
  scope: z
    .array(z.enum(['openid', 'offline_access', 'profile', 'email', 'kundennummer', 'groups']))
    .default(['openid'])
    .describe('What such an application may ask for at most; people are always asked.'),
})
