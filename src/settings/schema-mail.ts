import { z } from 'zod'
import { problem, reference, text } from './schema-parts.ts'

/** An address, or a name and an address; nothing that could add a header or another one. */
const SENDER = /^(?:[^\s<>@",]+@[\w.-]+|[^\r\n<>@",]+ <[^\s<>@",]+@[\w.-]+>)$/

/** `mail` of `config/pforte.yaml` */
export const mail = z.strictObject({
  from: text
    .refine(
      (value) => SENDER.test(value),
      problem('is not a sender', 'Write an address, or: Name <name@example.org>'),
    )
    .describe('Sender of the mails, for example: Jobcenter <no-reply@example.org>'),
  smtp: reference.describe(
    'Where the address of the mail server is: env:NAME or file:path. It begins with smtps:// or smtp://; ?tls=no at its end is for a closed network.',
  ),
})
