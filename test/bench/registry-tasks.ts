import { candidatesOf, evaluate, evaluationStatus, told } from '../../src/core/choosing/evaluate.ts'
import { parsePolicy } from '../../src/core/parse-policy/parse-policy.ts'
import type { PolicySpec } from '../../src/core/policy.ts'
import { needsOf } from '../../src/core/choosing/strategies/index.ts'
import { createHostGuard } from '../../src/http/host-guard.ts'
import { eachAtOnce } from '../../src/registry/at-once.ts'
import type { HostLimits } from '../../src/registry/manners/host-pace.ts'
import { createHttpClient } from '../../src/registry/wire/http.ts'
import type { RepositoryAccess } from '../../src/registry/repository-access.ts'
import { createScans, type Scans } from '../../src/registry/scans.ts'
import { accept, repeated } from './heads.ts'

/** Policies over the repositories of one host, one after the other in turn. */
export interface Policies {
  readonly host: string
  readonly repositories: readonly string[]
  readonly count: number
  readonly strategy: 'semver' | 'latest'
  /** Asks as fast as the registry answers, instead of as often as the operator's usual limits let. */
  readonly unlimited?: boolean
}

interface State {
  readonly scans: Scans
  readonly policies: readonly { readonly spec: PolicySpec; readonly access: RepositoryAccess }[]
  readonly guard: ReturnType<typeof createHostGuard>
}

// The operator's own settings.
const interval = 120_000
const concurrency = 20
const limits = (): HostLimits => ({ atOnce: 8, perSecond: Number.POSITIVE_INFINITY, burst: 1 })
let skipped = 0
const now = (): number => Date.now() + skipped
let state: State | undefined

/** What is run in a process of its own. */
export const tasks = {
  open({ host, repositories, count, strategy, unlimited = false }: Policies): void {
    const guard = newGuard()
    const log = { warn: () => undefined }
    const scans = createScans({ guard, log, cacheFolder: undefined, timing: { now }, ...(unlimited && { limits }) })
    const policies = Array.from({ length: count }, (_, index) => {
      const repository = repositories[index % repositories.length] ?? ''
      const access = { host, repository, insecure: true, credentials: undefined, credentialId: '' }
      return { spec: specOf(`${host}/${repository}`, strategy, index), access }
    })
    state = { scans, policies, guard }
  },
  /** One interval later every policy asks and chooses, as many side by side as the operator lets; answers how many found something. */
  async pass(): Promise<number> {
    const { scans, policies } = current()
    skipped += interval
    const notBefore = now() - interval * 0.9
    let found = 0
    await eachAtOnce(policies, concurrency, async (policy) => {
      if ((await choose(scans, policy, notBefore)) !== undefined) found += 1
    })
    return found
  },
  /** What is still in use once everything else has been thrown away, in MB. */
  heap(): number {
    // What is held weakly, and compiled code that has grown old, goes with a later collection than the first.
    for (let collection = 0; collection < 4; collection += 1) globalThis.gc?.()
    return process.memoryUsage().heapUsed / 2 ** 20
  },
  async close(): Promise<void> {
    await current().scans.close()
    await current().guard.close()
  },
  /** HEAD after HEAD of one manifest by the operator's client, as many at once as it sends to one host. */
  async heads(url: string, count: number): Promise<void> {
    const guard = newGuard()
    const http = createHttpClient({ guard, limits, now, random: Math.random, pause: () => Promise.resolve() })
    const ask = { method: 'HEAD', url: new URL(url), accept, kind: 'manifest', limit: 1_000_000 } as const
    await repeated(count, async () => (await http.send(ask)).status)
    await guard.close()
  },
}

async function choose(
  scans: Scans,
  { spec, access }: State['policies'][number],
  notBefore: number,
): Promise<string | undefined> {
  const admitted = candidatesOf(spec, await scans.tags(access, { notBefore }))
  const tags = admitted.candidates.map(({ tag }) => tag)
  const asks = needsOf(spec.strategy) === 'createdAt'
  const metadata = asks ? await scans.metadata(access, tags, { notBefore }) : new Map<string, never>()
  const evaluation = evaluate(spec, admitted, { metadata, now: now() })
  evaluationStatus(told(evaluation))
  return evaluation.choice?.tag
}

function specOf(image: string, strategy: Policies['strategy'], index: number): PolicySpec {
  const constraints = strategy === 'semver' ? { version: `>=0.${index % 5}` } : {}
  const parsed = parsePolicy({
    image,
    strategy,
    constraints,
    applications: [{ name: 'web' }],
    registry: { insecure: true },
  })
  if (!parsed.ok) throw new Error(parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('; '))
  return parsed.spec
}

function newGuard() {
  return createHostGuard({ allowed: ['127.0.0.1'], flag: '--allowed-registries' })
}

function current(): State {
  if (state === undefined) throw new Error('open comes first')
  return state
}
