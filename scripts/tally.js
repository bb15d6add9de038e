import { readFileSync } from 'node:fs'

/** Prints what Jest counted as one line; fails where anything failed or nothing ran. */
const counts = read(process.argv[2])
// A file that cannot even be loaded has no failed test in it.
const failed = counts.numFailedTests + counts.numRuntimeErrorTestSuites
const skipped = counts.numPendingTests + counts.numTodoTests
console.log(`${counts.numPassedTests} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 && counts.numPassedTests > 0 ? 0 : 1

/** The file is empty where the run ended before Jest did. */
function read(file) {
  const text = readFileSync(file, 'utf8')
  const nothing = {
    numPassedTests: 0,
    numFailedTests: 0,
    numRuntimeErrorTestSuites: 0,
    numPendingTests: 0,
    numTodoTests: 0,
  }
  return text === '' ? nothing : JSON.parse(text)
}
