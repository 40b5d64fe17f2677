// `npm run bench -- NAME`: measures the real code and prints one line of JSON.
import { parseArgs } from 'node:util'
import { argocd } from './argocd.ts'
import { choose } from './choose.ts'
import { git } from './git.ts'
import { operator } from './operator.ts'
import { registry } from './registry.ts'
import { reportOf, type Figure } from './report.ts'

interface Benchmark {
  readonly about: string
  readonly measure: (tiny: boolean) => Promise<readonly Figure[]>
}

const benchmarks: Readonly<Record<string, Benchmark>> = {
  argocd: { about: 'hundreds of Applications patched at once, an event each', measure: argocd },
  choose: { about: 'choosing among thousands of tags', measure: choose },
  git: { about: 'commits to large repositories, beside the git command line', measure: git },
  operator: { about: 'memory and time of the whole operator, a thousand policies', measure: operator },
  registry: { about: 'requests to a registry when nothing is new, HEADs beside fetch, cold starts', measure: registry },
}

const { values, positionals } = parseArgs({
  options: { tiny: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [name = ''] = positionals
const benchmark = benchmarks[name]
if (benchmark === undefined) {
  console.error('npm run bench -- NAME [--tiny]    prints one line of JSON; docs/benchmarks.md says what it tells')
  for (const [known, { about }] of Object.entries(benchmarks)) console.error(`  ${known.padEnd(10)}${about}`)
  process.exitCode = name === '' ? 0 : 2
} else {
  console.log(JSON.stringify(reportOf(name, await benchmark.measure(values.tiny))))
}
