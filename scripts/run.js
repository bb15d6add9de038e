import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/**
 * Runs a command in our terminal until it ends and hands signals on. Resolves to its exit code (128 + n after
 * signal n); rejects where it cannot be started.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env] added to ours
 * @returns {Promise<number>}
 */
export function run(command, args, env = {}) {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  const stopForwarding = forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]))
  }).finally(stopForwarding)
}

/** `npm run <script>` with the npm that started us. Ends this process with its exit code where it fails. */
export async function npmRun(script, args = []) {
  const code = await npm(['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])])
  if (code !== 0) process.exit(code)
}

/** npm lives outside `node_modules`, and so must the Node it runs on: `npm ci` deletes that folder. */
export function npm(args) {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env
  return cli ? run(node ?? process.execPath, [cli, ...args]) : run('npm', args)
}

/** A terminal sends Ctrl-C to parent and child alike: forwarding it too would look like a second, impatient one. */
function forwardSignals(child) {
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, forward)
  return () => {
    for (const signal of signals) process.off(signal, forward)
  }
}
