import { spawnSync } from 'node:child_process'

/** One check: its name, its command, and a look at what it printed that may find fault though it exited with 0. */
interface Check {
  readonly name: string
  readonly command: readonly string[]
  readonly fault?: (output: string) => string | undefined
}

// With a TypeScript whose API it can't use, dependency-cruiser sees no module and is content.
const seesModules = (output: string): string | undefined => {
  const modules = Number(/\((\d+) modules/.exec(output)?.[1] ?? 0)
  return modules > 20 ? undefined : `it looked at ${modules} modules: a guard that guards nothing`
}

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
  { name: 'types of the tests', command: ['tsc', '-p', 'test/tsconfig.json'] },
  { name: 'purity of the core', command: ['tsc', '-p', 'tsconfig.core.json'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  {
    name: 'import directions',
    command: ['depcruise', '--config', '.dependency-cruiser.mjs', 'src'],
    fault: seesModules,
  },
  { name: 'unused files, exports and dependencies', command: ['knip', '--no-progress'] },
  { name: 'format', command: ['oxfmt', '--check'] },
]

let failed = 0
for (const { name, command, fault } of checks) {
  const started = performance.now()
  const [program = '', ...args] = command
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  const output = `${stdout}${stderr}`
  const objection = status === 0 ? fault?.(output) : 'failed'
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(
    `${objection === undefined ? '✔' : '✘'} ${name} (${seconds} s)${objection === undefined ? '' : `: ${objection}`}`,
  )
  if (objection !== undefined) {
    failed += 1
    console.log(output)
  }
}
process.exit(failed === 0 ? 0 : 1)
