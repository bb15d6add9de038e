import type { Finding } from '../../src/settings/findings.ts'
import type { Live } from '../../src/settings/types.ts'
import { watchSettings } from '../../src/settings/watch.ts'
import { CLIENT_FILE, testConfig } from '../support/config.ts'

/** A watcher that is asked to look, instead of waiting until it does. */
function watched() {
  const config = testConfig()
  const taken: Live[] = []
  const failures: (readonly Finding[])[] = []
  const watcher = watchSettings(config.env, {
    change: (live) => taken.push(live),
    failure: (findings) => failures.push(findings),
  })
  watcher.stop()
  return { config, watcher, taken, failures }
}

const renamed = CLIENT_FILE.replace('Jobcenter-Portal', 'Neues Portal')

describe('While the server runs,', () => {
  test('nothing is read again where nothing has changed', () => {
    const { watcher, taken, failures } = watched()
    watcher.check()
    expect([taken, failures]).toEqual([[], []])
  })

  test('a changed client is taken over, once', () => {
    const { config, watcher, taken } = watched()
    config.write('clients/portal.yaml', renamed)
    watcher.check()
    watcher.check()
    expect(taken.map((live) => live.clients.get('portal')?.name)).toEqual(['Neues Portal'])
  })

  test('a client that is added is taken over, and one that is removed is gone', () => {
    const { config, watcher, taken } = watched()
    config.write('clients/forms.yaml', CLIENT_FILE.replace('client_id: portal', 'client_id: forms'))
    watcher.check()
    config.write('clients/portal.yaml', undefined)
    watcher.check()
    expect(taken.map((live) => [...live.clients.keys()])).toEqual([['forms', 'portal'], ['forms']])
  })

  test('a changed policy is taken over', () => {
    const { config, watcher, taken } = watched()
    config.write('policy.yaml', 'levels: [{acr: other}]\n')
    watcher.check()
    expect(taken.map((live) => live.policy.levels.map(({ acr }) => acr))).toEqual([['other']])
  })

  test('a broken file changes nothing and is reported once; a mended one is taken over', () => {
    const { config, watcher, taken, failures } = watched()
    config.write('clients/portal.yaml', `${CLIENT_FILE}redirect_uri: https://portal.example/`)
    watcher.check()
    watcher.check()
    expect(taken).toEqual([])
    expect(failures).toEqual([
      [
        {
          file: 'clients/portal.yaml',
          path: 'redirect_uri',
          reason: 'is not a known setting',
          fix: 'Did you mean "redirect_uris"?',
        },
      ],
    ])
    config.write('clients/portal.yaml', renamed)
    watcher.check()
    expect(taken.map((live) => live.clients.get('portal')?.name)).toEqual(['Neues Portal'])
    expect(failures).toHaveLength(1)
  })

  test('a file that is gone is a mistake like any other', () => {
    const { config, watcher, taken, failures } = watched()
    config.write('policy.yaml', undefined)
    watcher.check()
    expect(taken).toEqual([])
    expect(failures.flat().map(({ file, reason }) => `${file} ${reason}`)).toEqual([
      'policy.yaml cannot be read (ENOENT)',
    ])
  })

  test('a changed secret is taken over on request, though no file of the folder has changed', () => {
    const { config, watcher, taken } = watched()
    config.env.PORTAL_SECRET = 'another secret'
    watcher.check()
    expect(taken).toEqual([])
    watcher.reload()
    expect(taken.map((live) => live.clients.get('portal')?.secret)).toEqual(['another secret'])
  })
})
