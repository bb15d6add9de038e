import { createTransport } from 'nodemailer'
import type { Mail } from './compose.ts'

/** Sends one mail. Rejects where the server does not take it. */
export type Send = (to: string, mail: Mail & { id: string; at: number }) => Promise<void>

export interface Smtp {
  send: Send
  close(): void
}

const WAIT_MS = 20_000

/**
 * Over `smtp://` the connection must be raised to TLS before anything is said, but for a server on this machine and
 * one whose address says `?tls=no`.
 * `Message-ID` and `Date` are the letter's own: sent twice, it is the same mail.
 */
export function createSmtp(url: string, from: string): Smtp {
  const server = new URL(url)
  const plain =
    ['localhost', '127.0.0.1', '[::1]'].includes(server.hostname) || server.searchParams.get('tls') === 'no'
  const transport = createTransport({
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: Number(server.port) || (server.protocol === 'smtps:' ? 465 : 587),
    secure: server.protocol === 'smtps:',
    requireTLS: !plain,
    ignoreTLS: plain,
    ...(server.username
      ? { auth: { user: decodeURIComponent(server.username), pass: decodeURIComponent(server.password) } }
      : {}),
    pool: true,
    connectionTimeout: WAIT_MS,
    greetingTimeout: WAIT_MS,
    socketTimeout: WAIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = /@([\w.-]+)/.exec(from)?.[1] ?? 'localhost'
  return {
    async send(to, { id, at, ...mail }) {
      await transport.sendMail({
        ...mail,
        from,
        to: { name: '', address: to },
        messageId: `<${id}@${domain}>`,
        date: new Date(at),
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    },
    close: () => transport.close(),
  }
}
