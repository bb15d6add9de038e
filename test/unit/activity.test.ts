import { readFileSync } from 'node:fs'

const names = [
  ...readFileSync('src/domain/audit-event.ts', 'utf8').matchAll(/\{ event: '([a-z_]+\.[a-z_]+)'/g),
]
  .map(([, name = '']) => name)
  // Of the provider itself, and of no account.
  .filter((name) => !/^(audit|key|secrets|policy|client|workplace|registration\.opened)/.test(name))

test.each(['de', 'en'])(
  'every event that is recorded has words for the owner of the account, in %s',
  (code) => {
    const texts = JSON.parse(readFileSync(`views/locales/${code}.json`, 'utf8'))
    expect(names.length).toBeGreaterThan(20)
    expect(names.filter((name) => !texts[`act.${name}`])).toEqual([])
  },
)
