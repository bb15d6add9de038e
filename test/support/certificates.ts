import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as forward } from 'node:http'
import { createServer, request as send } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'

/** PEM. */
export interface Certified {
  key: string
  cert: string
}

/** Certificates as an office would issue them: by an authority of its own, or by nobody but oneself. */
export function certificateOffice() {
  const folder = mkdtempSync(join(tmpdir(), 'pforte-certificates-'))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8']
  let count = 0
  /** Issued by the authority unless `alone`; `names` one an entry: `DNS:a.example`. */
  const issue = (subject: string, names: readonly string[], { alone = false } = {}): Certified => {
    const [key, cert, config] = [at(`${++count}.key`), at(`${count}.pem`), at(`${count}.cnf`)]
    const listed = names.map((name, i) => name.replace(':', `.${i} = `)).join('\n')
    const extension = listed ? 'subjectAltName = @names' : 'keyUsage = digitalSignature'
    writeFileSync(config, `[req]\ndistinguished_name = dn\n[dn]\n[v]\n${extension}\n[names]\n${listed}\n`)
    const issuer = alone ? [] : ['-CA', at('ca.pem'), '-CAkey', at('ca.key')]
    const out = ['-keyout', key, '-out', cert, '-subj', subject, '-days', '1']
    openssl('req', '-x509', ...curve, '-config', config, '-extensions', 'v', ...out, ...issuer)
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  }
  openssl(
    'req',
    '-x509',
    ...curve,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-subj',
    '/CN=CA',
    '-days',
    '1',
  )
  return {
    authority: readFileSync(at('ca.pem'), 'utf8'),
    authorityFile: at('ca.pem'),
    issue,
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The base64 of a certificate, as x5c has it. */
export const encoded = ({ cert }: Certified): string => cert.replace(/-----.*-----|\s/g, '')

/** A proxy that ends TLS and hands on certificates as nginx does: `$ssl_client_escaped_cert`, `$ssl_client_verify`. */
export async function tlsProxy(target: string, server: Certified, authority: string) {
  const options = { ...server, ca: authority, requestCert: true, rejectUnauthorized: false }
  const proxy = createServer(options, (incoming, answer) => {
    const socket = incoming.socket as TLSSocket
    const certificate = socket.getPeerX509Certificate()
    const headers = { ...incoming.headers }
    delete headers['x-client-cert']
    headers['x-client-verify'] = !certificate ? 'NONE' : socket.authorized ? 'SUCCESS' : 'FAILED:unknown'
    if (certificate) headers['x-client-cert'] = encodeURIComponent(certificate.toString())
    const onward = forward(new URL(incoming.url ?? '', target), { method: incoming.method ?? 'GET', headers })
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    incoming.pipe(onward)
  })
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening))
  return {
    origin: `https://localhost:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.closeAllConnections()
      return new Promise((closed) => proxy.close(closed))
    },
  }
}

/** `fetch` for a client that shows a certificate, or none. */
export const fetchWith =
  (authority: string, shown?: Certified) =>
  (url: string, init: { method?: string; headers?: HeadersInit; body?: unknown } = {}) =>
    new Promise<Response>((resolve, reject) => {
      const headers = Object.fromEntries(new Headers(init.headers))
      const options = {
        method: init.method ?? 'GET',
        headers,
        ca: authority,
        agent: false as const,
        ...shown,
      }
      const request = send(url, options, async (incoming) => {
        const parts: Buffer[] = []
        for await (const part of incoming) parts.push(part)
        const given = new Headers(incoming.headers as Record<string, string>)
        const body = Buffer.concat(parts)
        resolve(
          new Response(body.length > 0 ? body : null, { status: incoming.statusCode ?? 0, headers: given }),
        )
      })
      request.on('error', reject)
      request.end(init.body ? String(init.body) : undefined)
    })
