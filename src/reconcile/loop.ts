import type { Config } from '../config.ts'
import type { Application, Project } from '../core/application.ts'
import type { PolicyKey } from '../core/policy.ts'
import type { GitRepositories } from '../git/repositories.ts'
import type { ApplicationStore } from '../kubernetes/applications.ts'
import type { Change, Collection } from '../kubernetes/collection.ts'
import type { EventRecorder } from '../kubernetes/event-recorder.ts'
import type { PolicyStore } from '../kubernetes/policies.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { Logger } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import type { Scans } from '../registry/scans.ts'
import { createArgocdMethod } from '../writeback/argocd.ts'
import { createGitMethod } from '../writeback/git.ts'
import { policiesConcernedBy } from './concerned.ts'
import { createFollower } from './follow.ts'
import { createKnownPolicies } from './known-policies.ts'
import { createLinker } from './linker.ts'
import { createOwnership } from './ownership.ts'
import { PolicyQueue } from './queue.ts'
import { reconcile, type Deps } from './reconcile.ts'
import { createReporter } from './report.ts'
import { beginRun } from './run.ts'
import { createRuntimeMemories } from './runtime-memory.ts'

/** What the loop is joined to. */
export interface LoopParts {
  readonly config: Config
  readonly log: Logger
  readonly metrics: Metrics
  readonly events: EventRecorder
  readonly secrets: SecretStore
  readonly repositories: GitRepositories
  readonly scans: Scans
  readonly store: PolicyStore
  readonly applications: ApplicationStore
  readonly projects: Collection<Project>
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Draws from [0, 1). */
  readonly random: () => number
}

/** Turns what happens into keys, and keys into runs. */
export interface Loop {
  /** Runs every policy once, and from then on whenever something happens that concerns it. */
  begin(): void
  onPolicy(key: PolicyKey): void
  onApplication(change: Change<Application>): void
  onProject(): void
  /** See `PolicyQueue`. */
  settled(): Promise<void>
  drain(): Promise<void>
}

/** Joins the parts to a loop. */
export function createLoop(parts: LoopParts): Loop {
  const { config, clock, metrics, applications } = parts
  let begun = false
  let applicationsRevision = 0
  const policies = createKnownPolicies(parts.store, clock)
  const memories = createRuntimeMemories()
  const projectOf = ({ project }: Application) => parts.projects.get(`${config.argocdNamespace}/${project}`)
  const linker = createLinker({
    ...config,
    projectOf,
    applications: applications.list,
    revision: () => applicationsRevision,
  })
  const methods = {
    argocd: createArgocdMethod(applications),
    git: createGitMethod({ ...parts, projectOf, argocdNamespace: config.argocdNamespace }),
  }
  const ownership = createOwnership({ policies, linker, methods })
  const deps: Deps = {
    ...{ policies, linker, methods, ownership, clock },
    scans: parts.scans,
    secrets: parts.secrets,
    follow: createFollower(applications),
    begin: (policy) =>
      beginRun(policy, memories.of(policy.stored.identity.uid), {
        now: clock(),
        defaultInterval: config.interval,
        find: applications.get,
      }),
    report: createReporter({ ...parts, store: parts.store }),
  }
  const queue = new PolicyQueue({
    concurrency: config.concurrency,
    random: parts.random,
    run: (key, place) => reconcile(key, place, deps),
    onDepth: (waiting) => metrics.queueDepth.set(waiting),
  })
  const add = (key: PolicyKey): void => {
    for (const other of ownership.refresh(key)) queue.add(other)
    queue.add(key)
  }
  const remove = (key: PolicyKey): void => {
    const [namespace = '', name = ''] = key.split('/')
    for (const other of ownership.forget(key)) queue.add(other)
    queue.forget(key)
    policies.forget(key)
    metrics.forgetPolicy({ namespace, name })
  }
  const whenBegun = <Args extends readonly unknown[]>(react: (...args: Args) => void) => {
    return (...args: Args): void => void (begun && react(...args))
  }
  const addAll = (keys: readonly PolicyKey[]): void => {
    // All claims first: the younger of two policies must not write before the older one is known.
    for (const key of keys) ownership.refresh(key)
    for (const key of keys) queue.add(key)
  }
  return {
    begin: () => {
      begun = true
      addAll(policies.list().map(({ key }) => key))
    },
    onPolicy: whenBegun((key) => (policies.get(key) === undefined ? remove(key) : add(key))),
    onApplication: (change) => {
      applicationsRevision += 1
      if (begun) for (const key of policiesConcernedBy(change, policies)) add(key)
    },
    onProject: whenBegun(() => addAll(policies.list().map(({ key }) => key))),
    settled: () => queue.settled(),
    drain: () => queue.drain(),
  }
}
