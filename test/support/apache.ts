import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'dir', 'headers']

export interface Apache {
  origin: string
  close(): Promise<void>
}

/** Files of `/run/secrets`, and variables. */
interface Given {
  files: Record<string, string>
  env: Record<string, string>
}

/** Debian's Apache with mod_auth_openidc, on this port, with one page; `configuration` as an operator writes it. */
export async function startApache(
  port: number,
  configuration: string,
  { files, env }: Given,
): Promise<Apache> {
  const root = mkdtempSync(join(tmpdir(), 'pforte-apache-'))
  chmodSync(root, 0o755)
  mkdirSync(join(root, 'www'))
  writeFileSync(join(root, 'www/index.html'), 'inside')
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  const lines = [
    `ServerRoot ${root}`,
    `PidFile ${root}/pid`,
    `ErrorLog ${root}/error.log`,
    `DefaultRuntimeDir ${root}`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    ...MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
    `DocumentRoot ${root}/www`,
    'DirectoryIndex index.html',
    // Whoever walks here does so by fetch, which says of itself that it is a script.
    'RequestHeader set Sec-Fetch-Mode navigate early',
    configuration.replaceAll('/run/secrets', root),
  ]
  writeFileSync(join(root, 'httpd.conf'), `${lines.join('\n')}\n`)
  const child = spawn('/usr/sbin/apache2', ['-f', join(root, 'httpd.conf'), '-DFOREGROUND'], {
    env,
    stdio: 'pipe',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  const log = (): string => {
    try {
      return output + readFileSync(join(root, 'error.log'), 'utf8')
    } catch {
      return output
    }
  }
  await listening(child, port, log)
  return {
    origin: `http://localhost:${port}`,
    close: () =>
      new Promise((closed) => {
        child.once('exit', () => closed())
        child.kill('SIGTERM')
      }),
  }
}

async function listening(child: ChildProcess, port: number, log: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`Apache has ended: ${log()}`)
    const up = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).then(
      () => true,
      () => false,
    )
    if (up) return
    await new Promise((turn) => setTimeout(turn, 20))
  }
}
