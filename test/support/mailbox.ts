import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

export interface Mailbox {
  url: string
  mails: Email[]
  /** The mails to this address, once there are so many. */
  of(address: string, count: number): Promise<Email[]>
  /** Refuses the next mail for now, after it was handed over. */
  refuseNext(): void
  close(): Promise<void>
}

/** A real mail server on a free port that keeps what it is given. */
export async function openMailbox(): Promise<Mailbox> {
  const mails: Email[] = []
  const waiting = new Set<() => void>()
  let refusing = false
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    async onData(stream, _session, done) {
      // A sender that dies has sent nothing.
      const bytes = await buffer(stream).catch(done)
      if (!bytes) return
      const mail = await PostalMime.parse(bytes)
      if (refusing) {
        refusing = false
        return done(Object.assign(new Error('try again later'), { responseCode: 451 }))
      }
      mails.push(mail)
      done()
      for (const look of waiting) look()
    },
  })
  server.on('error', () => {})
  await once(server.server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    of(address, count) {
      const { promise, resolve } = Promise.withResolvers<Email[]>()
      const look = (): void => {
        const found = mails.filter(({ to }) => to?.some((one) => one.address === address))
        if (found.length < count) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
      return promise
    },
    refuseNext: () => {
      refusing = true
    },
    close: () => new Promise((closed) => server.close(closed)),
  }
}
