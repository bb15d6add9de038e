import { spawn } from 'node:child_process'
import { once } from 'node:events'

interface Ended {
  code: number | null
  errors: string
}

/** `demo/main.ts` as a process of its own, in a folder of its own. */
export function launch(env: Record<string, string>) {
  const child = spawn(process.execPath, ['demo/main.ts'], { env: { PATH: process.env.PATH, ...env } })
  let [said, errors] = ['', '']
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  child.stderr.on('data', (chunk) => {
    errors += chunk
  })
  const ended: Promise<Ended> = once(child, 'close').then(([code]) => ({ code, errors }))
  const notice = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      if (said.includes('Ctrl-C stops everything.')) resolve(said)
    })
    void ended.then(() => reject(new Error(errors)))
  })
  notice.catch(() => {})
  return { child, notice, ended }
}

/** What the notice says of an account. */
export function accountIn(notice: string, username: string) {
  const [, rest = ''] = notice.split(`User name:     ${username}\n`)
  const own = rest.split('\n\n')[0] ?? ''
  const password = /Password: +(\S+)/.exec(own)?.[1] ?? ''
  const key = /TOTP key: +([A-Z2-7]{4}( [A-Z2-7]{4}){7})$/m.exec(own)?.[1]?.replaceAll(' ', '')
  return { username, password, key, uri: /otpauth:\S+/.exec(own)?.[0] }
}
