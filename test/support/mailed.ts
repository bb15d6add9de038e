import type { Mailbox } from './mailbox.ts'
import type { Person } from './person.ts'

/** The code in the newest of so many mails to this address. */
export async function codeFor(mailbox: Mailbox, address: string, count = 1): Promise<string> {
  const mails = (await mailbox.of(address, count)).filter(({ subject = '' }) => subject.startsWith('Code '))
  const [code] = /\d{4} \d{4}/.exec(mails.at(-1)?.text ?? '') ?? []
  if (!code) throw new Error(`no code in the mails to ${address}`)
  return code
}

/** Types a code from a mail. */
export const typeMailed = (person: Person, code: string): Promise<Person> => person.submit('/code', { code })

/** Another code than this one. */
export const wrongFor = (code: string): string =>
  String((Number(code.replace(' ', '')) + 1) % 10 ** 8).padStart(8, '0')
