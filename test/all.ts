import { spawnSync } from 'node:child_process'

/** Runs a command in sight of the person; ends this process when it fails. */
function step(name: string, command: string, args: readonly string[]): void {
  console.error(`\n▸ ${name}`)
  const { status, signal } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? (signal === null ? 1 : 130))
}

step('The real parts (built once, then kept in the cache)', process.execPath, ['test/prepare.ts'])
step('Checks', process.execPath, ['test/check.ts'])
step('Tests', process.execPath, [
  '--test',
  '--import=./test/fixed-seed.ts',
  '--test-timeout=180000',
  // Most tests wait for real parts: more of them than there are cores.
  '--test-concurrency=4',
  '--test-global-setup=test/servers/global-setup.ts',
  ...process.argv.slice(2),
  ...(process.argv.length > 2 ? [] : ['test/**/*.test.ts']),
])
