import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Portal } from '../driver/portal.ts'
import type { Journey } from './login.ts'

/** Names that are tried at one sign-in page: the more, the less its opening counts. */
const NAMES = 5

/** A wrong password for one name after the other; whatever the name is, the answer is the same, and is to cost the same. */
export const guesses =
  (portal: Portal, name: () => string): Journey =>
  async () => {
    const person = await portal.arrive(anywhere())
    for (let n = 0; n < NAMES; n++) {
      await person.submit('/answer', { identifier: name(), password: 'what it is not' })
      assert.equal(person.status, 422, person.text())
    }
  }

/** A household of its own each time (2001:db8::/32 is for documentation): guesses are counted by network. */
const anywhere = (): string => `2001:db8:${randomBytes(4).toString('hex').replace(/..../, '$&:')}::1`
