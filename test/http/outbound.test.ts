import { spawnSync } from 'node:child_process'

test('Applications at private addresses are called only where the operator names their host', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['test/support/outbound-probe.ts'], {
    encoding: 'utf8',
  })
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
    worked: [true, false],
    fetched: [1, 0],
  })
  // The library says so where it could not set its check up; then no address is called at all.
  expect(stderr).not.toContain('SSRF')
})
