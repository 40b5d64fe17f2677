import type { Scan } from '../../src/core/choosing/candidate.ts'
import { candidatesOf, evaluate, evaluationStatus, told } from '../../src/core/choosing/evaluate.ts'
import { parsePolicy } from '../../src/core/parse-policy/parse-policy.ts'
import type { PolicySpec } from '../../src/core/policy.ts'

const now = Date.UTC(2026, 0, 1)
const filters = { ignoreTags: ['*-debug', 'nightly-*'], allowTags: '^(v?[0-9]|sha-[0-9a-f]{7}$)' }
const otherFilters = [{ allowTags: '^v' }, { extract: '^v?(?P<version>[0-9].*)$' }]

/** What is run in a process of its own. Times are ms. */
export const tasks = {
  /** One scan from scratch, then the same scan under another range. */
  chooseTwice(count: number, seed: number): { chosen: readonly string[]; firstMs: number; secondMs: number } {
    const scan = scanOf(count, seed)
    const [first, second] = ['>=1.2 <30', '^7.1'].map((version) => policyOf({ ...filters, version }))
    if (first === undefined || second === undefined) throw new Error('two policies')
    const begun = performance.now()
    const chosen = [choose(first, scan)]
    const between = performance.now()
    chosen.push(choose(second, scan))
    return { chosen, firstMs: between - begun, secondMs: performance.now() - between }
  },
  /** So many policies over so many scans, all evaluated, then all again; `mixed`: with three sets of filters on each scan. */
  evaluateAll(
    { policies, scans, tags }: { policies: number; scans: number; tags: number },
    mixed: boolean,
  ): { first: Pass; again: Pass; keptMb: number } {
    const sets = mixed ? [filters, ...otherFilters] : [filters]
    const specs = Array.from({ length: policies }, (_, index) =>
      policyOf({
        ...sets[Math.floor(index / scans) % sets.length],
        version: `>=${index % 9}.${index % 7}`,
        prereleases: index % 2 === 0,
      }),
    )
    const lists = Array.from({ length: scans }, (_, index) => scanOf(tags, index))
    const pass = (): Pass =>
      passOf(() => Math.max(...specs.map((spec, index) => evaluated(spec, lists[index % scans]))))
    const [first, again] = [pass(), pass()]
    globalThis.gc?.()
    const keptMb = process.memoryUsage().heapUsed / 2 ** 20
    // The lists are still in use here: what was made known of a scan goes with it.
    return { first, again, keptMb: lists.length === scans ? keptMb : 0 }
  },
}

/** CPU in ms, and the heap at its highest in MB. */
interface Pass {
  readonly cpuMs: number
  readonly heapMb: number
}

function passOf(work: () => number): Pass {
  const cpu = process.cpuUsage()
  const heapMb = work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpuMs: (user + system) / 1000, heapMb }
}

/** Answers the heap afterwards, in MB. */
function evaluated(spec: PolicySpec, scan: Scan | undefined): number {
  if (scan === undefined) throw new Error('more policies than scans')
  evaluationStatus(told(evaluate(spec, candidatesOf(spec, scan), { now })))
  return process.memoryUsage().heapUsed / 2 ** 20
}

function choose(spec: PolicySpec, scan: Scan): string {
  return evaluate(spec, candidatesOf(spec, scan), { now }).choice?.tag ?? ''
}

function policyOf(constraints: object): PolicySpec {
  const parsed = parsePolicy({
    image: 'ghcr.io/acme/web',
    strategy: 'semver',
    constraints,
    applications: [{ name: 'web' }],
  })
  if (!parsed.ok) throw new Error(parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('; '))
  return parsed.spec
}

/** Tags as a busy repository has them: of ten seven versions (one a prerelease), a commit, a pull request, a build to ignore. */
function scanOf(count: number, seed: number): Scan {
  const tags = Array.from({ length: count }, (_, index) => {
    const number = index + seed * 7
    const version = `${number % 40}.${Math.floor(number / 40) % 50}.${Math.floor(number / 2000)}`
    switch (index % 10) {
      case 0:
        return `sha-${((number * 2_654_435_761) % 2 ** 28).toString(16).padStart(7, '0')}`
      case 1:
        return `pr-${number}`
      case 2:
        return `${version}-debug`
      case 3:
        return `${version}-rc.${number % 5}`
      case 4:
      case 5:
        return `v${version}`
      default:
        return version
    }
  })
  if (new Set(tags).size !== count) throw new Error('a tag comes twice')
  return { tags: tags.toSorted(), revision: `${count} ${seed}`, at: now }
}
