import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { close, listen, type Place } from '../listen.ts'
import { mailPage } from './page.ts'

export interface MailCatcher {
  /** Address of the page that lists the mails. */
  page: string
  smtpPort: number
  close(): Promise<void>
}

/** Newest first; older ones are forgotten. */
const MOST = 50
const LARGEST = 1024 * 1024

/** Takes every mail there is and delivers none: a page shows the latest. Nothing is kept beyond the process. */
export async function openMailCatcher(page: Place, smtp: Place): Promise<MailCatcher> {
  const mails: Email[] = []
  const receiver = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: LARGEST,
    onData(stream, _session, done) {
      read(stream).then((mail) => {
        mails.unshift(mail)
        mails.length = Math.min(mails.length, MOST)
        done()
      }, done)
    },
  })
  // A sender that breaks off is no trouble of ours; a port that is taken is heard of in `listen`.
  receiver.on('error', () => {})
  const server = createServer(mailPage(mails))
  const smtpPort = await listen(receiver.server, smtp)
  const ended = () => new Promise<void>((resolve) => receiver.close(resolve))
  try {
    const port = await listen(server, page)
    const endAll = async () => void (await Promise.all([close(server), ended()]))
    return { page: `http://localhost:${port}`, smtpPort, close: endAll }
  } catch (error) {
    await ended()
    throw error
  }
}

async function read(stream: SMTPServerDataStream): Promise<Email> {
  const raw = await buffer(stream)
  if (stream.sizeExceeded) throw Object.assign(new Error('the mail is too large'), { responseCode: 552 })
  return PostalMime.parse(raw)
}
