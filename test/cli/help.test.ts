import { environmentOf, withStores } from '../support/admin.ts'
import { postgres } from '../support/backends.ts'
import { pforte } from '../support/process.ts'

describe('The commands of the service desk', () => {
  test('say where somebody is stuck by a help code, however it is written, and never who', async () => {
    const backend = await postgres.open()
    const env = environmentOf(backend)
    const trouble = {
      flow: 'login',
      step: 'verify totp',
      cause: 'totp.err.clock',
      browser: 'Firefox',
      system: 'Windows',
    }
    await withStores(backend, ({ stores }) =>
      stores.helps.keep([{ ...trouble, code: 'ABC234', at: Date.UTC(2026, 10, 25), clientId: 'portal' }]),
    )
    const { code, stdout } = await pforte(['help', 'abc-234'], env)
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toEqual([
      'time     2026-11-25T00:00:00.000Z',
      'flow     login at portal',
      'step     verify totp',
      'cause    totp.err.clock',
      'browser  Firefox on Windows',
    ])
    expect(await pforte(['help', 'XYZ999'], env)).toMatchObject({ code: 65, stderr: /no code XYZ999/ })
    expect(await pforte(['help', 'accounts'], env)).toMatchObject({ code: 64, stderr: /--help/ })
  })

  test('register a workplace by a code, list it and remove it', async () => {
    const env = environmentOf(await postgres.open())
    const made = await pforte(['workplaces', 'register', 'Jobpoint 3'], env)
    expect(made.stdout).toMatch(
      /\/workplace on that computer and type: [A-Z2-9]{4}-[A-Z2-9]{4}\n.* 30 minutes/,
    )
    expect((await pforte(['workplaces', 'list'], env)).stdout).toBe('Jobpoint 3  code not typed yet\n')
    expect(await pforte(['workplaces', 'register', '<b>'], env)).toMatchObject({ code: 64 })
    expect(await pforte(['workplaces', 'remove', 'Jobpoint 3'], env)).toMatchObject({ code: 0 })
    expect(await pforte(['workplaces', 'remove', 'Jobpoint 3'], env)).toMatchObject({ code: 65 })
  })
})
