import type { ResourceEvent } from '@dot-i/k8s-operator'
import { group, plural, version } from '../api/v1alpha1.ts'
import type { Application, Project } from '../core/applications/application.ts'
import type { PolicyKey } from '../core/policy.ts'
import { hasChanged } from './application-changes.ts'
import { Collection, type Change } from './collection.ts'
import { HardenedOperator, type OperatorParts } from './hardened-operator.ts'
import { parseKubeObject } from './kube-object.ts'
import { parseApplication } from '../core/applications/parse-application.ts'
import { parseProject } from './parse-project.ts'
import { isNewToUs, parseStoredPolicy, type StoredPolicy } from './policies.ts'

/** Whom the watch tells; each is called at once and must not throw. */
interface WatchListeners {
  /** A policy appeared, changed in spec or metadata, or is gone. */
  readonly onPolicy: (key: PolicyKey) => void
  /** An Application appeared, changed in something that policies look at, or is gone. */
  readonly onApplication: (change: Change<Application>) => void
  /** An AppProject appeared, changed, or is gone. */
  readonly onProject: (change: Change<Project>) => void
}

/** What is watched, and where. */
export interface WatchOptions extends OperatorParts, WatchListeners {
  /** Namespaces of policies and Applications; empty: all. */
  readonly namespaces: readonly string[]
  /** The namespace of the AppProjects. */
  readonly argocdNamespace: string
}

/** How far the watch is. */
export interface Readiness {
  /** Whether all policies are known. */
  readonly ready: boolean
  /** What is missing or fails, in sentences for people; also for what `ready` does not wait for, such as Applications. */
  readonly missing: readonly string[]
}

type Resource = readonly [group: string, version: string, plural: string]
const policyResource: Resource = [group, version, plural]
const applicationResource: Resource = ['argoproj.io', 'v1alpha1', 'applications']
const projectResource: Resource = ['argoproj.io', 'v1alpha1', 'appprojects']

/** The operator as Kubernetes sees it: watches policies, Applications and AppProjects, and turns events into calls. */
export class PolicyWatch extends HardenedOperator {
  readonly policies: Collection<StoredPolicy>
  readonly applications: Collection<Application>
  readonly projects: Collection<Project>
  readonly #options: WatchOptions
  #settled: readonly Promise<void>[] = []

  constructor(options: WatchOptions) {
    super(options)
    this.#options = options
    const { onPolicy, onApplication, onProject } = options
    this.policies = new Collection({
      what: `ImageUpdatePolicies (${plural}.${group})`,
      read: parseStoredPolicy,
      changed: ({ key, before, after }) => isNewToUs(before, after) && onPolicy(key),
    })
    this.applications = new Collection({
      what: "Argo CD's Applications (applications.argoproj.io)",
      read: parseApplication,
      changed: (change) => hasChanged(change.before, change.after) && onApplication(change),
    })
    this.projects = new Collection({
      what: "Argo CD's AppProjects (appprojects.argoproj.io)",
      read: parseProject,
      changed: onProject,
    })
  }

  /**
   * Waits until everything is known, or will not be without a person's help (not installed, not allowed): a policy that is
   * looked at before its Applications are known would seem to fail.
   */
  async settled(): Promise<void> {
    await Promise.all(this.#settled)
  }

  /** For `/readyz`: an operator that waits for Argo CD to be installed is ready, and says what it waits for. */
  readiness(): Readiness {
    const missing = [this.policies, this.applications, this.projects].flatMap(({ problems }) => problems)
    return { ready: this.policies.isComplete, missing }
  }

  protected override async init(): Promise<void> {
    const { namespaces, argocdNamespace } = this.#options
    const watched = namespaces.length === 0 ? [undefined] : [...new Set(namespaces)]
    await this.#watch(policyResource, this.policies, watched)
    await this.#watch(applicationResource, this.applications, watched)
    await this.#watch(projectResource, this.projects, [argocdNamespace])
  }

  async #watch<T>(
    resource: Resource,
    collection: Collection<T>,
    namespaces: readonly (string | undefined)[],
  ): Promise<void> {
    const onEvent = async ({ type, object }: ResourceEvent): Promise<void> => {
      const known = parseKubeObject(object)
      if (known !== undefined) collection.apply({ type, object: known })
    }
    for (const namespace of namespaces) await this.watchResource(...resource, onEvent, namespace)
    const reflectors = this.reflectorsOf(...resource)
    for (const reflector of reflectors) collection.addFeed(reflector)
    this.#settled = [...this.#settled, ...reflectors.map(({ settled }) => settled)]
  }
}
