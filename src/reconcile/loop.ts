import type { Config } from '../config.ts'
import type { Application, Project } from '../core/applications/application.ts'
import { mayChangeClaims } from '../core/applications/conflicts.ts'
import type { PolicyKey } from '../core/policy.ts'
import type { Requeue } from '../core/requeue.ts'
import type { FileWork } from '../core/targets/file-work.ts'
import { orUndefined } from '../errors.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { Change, Collection } from '../kubernetes/collection.ts'
import type { EventRecorder } from '../kubernetes/event-recorder.ts'
import type { PolicyStore } from '../kubernetes/policies.ts'
import type { ConfigMapStore } from '../kubernetes/config-maps.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { ServiceAccountStore } from '../kubernetes/service-accounts.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { CloudLogins } from '../registry/login/cloud-logins.ts'
import type { Scans } from '../registry/scans.ts'
import type { WatchedRegistries } from '../registry/watched-registries.ts'
import { createArgocdMethod } from '../writeback/argocd.ts'
import { createGitMethod } from '../writeback/git.ts'
import { createConcerns, type Concerns } from './concerned.ts'
import { createFollower } from './follow.ts'
import { createKnownPolicies, type KnownPolicy } from './known-policies.ts'
import { createLinker } from './linker.ts'
import { createNews } from './news.ts'
import { createOwnership } from './ownership.ts'
import { longestReading } from './patience.ts'
import { PolicyQueue } from './queue.ts'
import { reconcile, type Deps } from './reconcile.ts'
import { createReporter } from './report.ts'
import { beginRun } from './run.ts'
import { createRuntimeMemories, type RuntimeMemories } from './runtime-memory.ts'

/** What the loop is joined to. */
export interface LoopParts {
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly events: EventRecorder
  readonly secrets: SecretStore
  readonly settings: Pick<ConfigMapStore, 'get'>
  readonly repositories: GitRepositories
  /** Reads and edits what stands in files. */
  readonly work: FileWork
  readonly scans: Scans
  readonly registries: Pick<WatchedRegistries, 'current'>
  readonly serviceAccounts: ServiceAccountStore
  readonly cloudLogins: CloudLogins
  readonly store: PolicyStore
  readonly applications: ApplicationStore
  readonly projects: Collection<Project>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Draws from [0, 1). */
  readonly random: () => number
  /** How long a run reads at most (ms). */
  readonly longestReading?: number
}

/** Turns what happens into keys, and keys into runs. */
export interface Loop {
  /** Runs every policy once, and from then on whenever something happens that concerns it. All policies must be known. */
  begin(): void
  onPolicy(key: PolicyKey): void
  onApplication(change: Change<Application>): void
  onProject(): void
  /** Policies whose changes are no longer on a push branch look again: they know nothing of what took them away. */
  onDropped(policies: readonly PolicyKey[]): void
  /** See `PolicyQueue`. */
  settled(): Promise<void>
  drain(): Promise<void>
}

/** Joins the parts to a loop. */
export function createLoop(parts: LoopParts): Loop {
  const { config, applications, metrics } = parts
  const policies = createKnownPolicies(parts.store, parts.clock)
  let applicationChanges = 0
  const projectOf = ({ project }: Application) => parts.projects.get(`${config.argocdNamespace}/${project}`)
  const linker = createLinker({
    ...config,
    projectOf,
    applications,
    revision: () => applicationChanges,
  })
  const methods = {
    argocd: createArgocdMethod(applications),
    git: createGitMethod({ ...parts, projectOf, argocdNamespace: config.argocdNamespace }),
  }
  const ownership = createOwnership({
    policies,
    linker,
    methods,
    concern: (keys) => {
      for (const key of keys) queue.add(key)
    },
  })
  const concerns = createConcerns(policies)
  const memories = createRuntimeMemories()
  const news = createNews(policies, (key) => queue.add(key))
  const deps = reconcileDeps(parts, { policies, linker, methods, ownership, news, memories })
  const queue = new PolicyQueue({
    concurrency: config.concurrency,
    groupOf: (key) => registryOf(orUndefined(() => policies.get(key))),
    random: parts.random,
    run: async (key, place) => {
      const requeue = await reconcile(key, place, deps).catch((error: unknown) => faultOf(key, error, parts))
      // A policy that was deleted while it ran has been reported on once more.
      if (orUndefined(() => policies.get(key)) === undefined) metrics.forgetPolicy(labelsOf(key))
      return requeue
    },
    onDepth: (waiting) => metrics.queueDepth.set(waiting),
  })
  return {
    ...reactions({ policies, concerns, ownership, memories, queue, metrics }, () => (applicationChanges += 1)),
    onDropped: (keys) => {
      for (const key of keys) queue.add(key)
    },
    settled: () => queue.settled(),
    drain: () => queue.drain(),
  }
}

/** A fault of ours concerns one policy; it must not end the process. */
function faultOf(policy: PolicyKey, error: unknown, { log, config }: LoopParts): Requeue {
  log.error('a fault of the operator', { policy, error })
  return { kind: 'backoff', afterMs: 0, atMostMs: config.interval }
}

type Made = Pick<Deps, 'policies' | 'linker' | 'methods' | 'ownership' | 'news'> & {
  readonly memories: RuntimeMemories
}

function reconcileDeps(parts: LoopParts, { memories, ...made }: Made): Deps {
  const { config, clock, applications, scans, secrets, registries, serviceAccounts, cloudLogins } = parts
  return {
    ...made,
    scans,
    secrets,
    registries,
    serviceAccounts,
    cloudLogins,
    clock,
    longestReading: parts.longestReading ?? longestReading,
    follow: createFollower(applications),
    begin: (policy) =>
      beginRun(policy, memories.of({ key: policy.key, uid: policy.stored.identity.uid }), {
        now: clock(),
        defaultInterval: config.interval,
        // While Applications can't be read there is none; the run itself finds out and says so.
        find: (namespace, name) => orUndefined(() => applications.get(namespace, name)),
      }),
    report: createReporter(parts),
  }
}

/** A host that lets one wait holds places of its own policies alone. */
function registryOf(policy: KnownPolicy | undefined): string {
  return policy?.parsed.ok === true ? policy.parsed.spec.image.registry : ''
}

function labelsOf(key: PolicyKey): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

type Reacting = Pick<Made, 'policies' | 'ownership' | 'memories'> & {
  readonly concerns: Concerns
  readonly queue: PolicyQueue
  readonly metrics: Metrics
}

/** What to run when something happens; nothing before the beginning, for then not everything is known yet. */
function reactions(
  { policies, concerns, ownership, memories, queue, metrics }: Reacting,
  countApplicationChange: () => void,
): Pick<Loop, 'begin' | 'onPolicy' | 'onApplication' | 'onProject'> {
  let begun = false
  // All claims first: the younger of two policies must not write before the older one is known.
  const addAll = (keys: readonly PolicyKey[]): void => {
    const concerned = keys.flatMap((key) => ownership.refresh(key))
    for (const key of new Set([...keys, ...concerned])) queue.add(key)
  }
  const remove = (key: PolicyKey): void => {
    const concerned = ownership.forget(key)
    queue.forget(key)
    policies.forget(key)
    memories.forget(key)
    metrics.forgetPolicy(labelsOf(key))
    for (const other of concerned) queue.add(other)
  }
  const everything = (): void => addAll(policies.list().map(({ key }) => key))
  return {
    begin: () => {
      begun = true
      everything()
    },
    onPolicy: (key) => {
      concerns.renew()
      if (!begun) return
      if (policies.get(key) === undefined) remove(key)
      else addAll([key])
    },
    onApplication: (change) => {
      countApplicationChange()
      if (!begun) return
      const keys = concerns.of(change)
      if (mayChangeClaims(change)) addAll(keys)
      else for (const key of keys) queue.add(key)
    },
    onProject: () => {
      if (begun) everything()
    },
  }
}
