import Sequencer from '@jest/test-sequencer'

/** The file that takes longest begins first: at the end nobody waits for it alone. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const isLongest = ({ path }) => path.endsWith('e2e/pages.test.ts')
    const rest = super.sort(tests.filter((test) => !isLongest(test)))
    return [...tests.filter(isLongest), ...rest]
  }
}
