import { reasons } from '../api/conditions.ts'
import type { ImageUpdatePolicyStatus } from '../api/v1alpha1.ts'
import type { Application, Project } from '../core/applications/application.ts'
import {
  indexApplications,
  type ApplicationIndex,
  type KnownApplications,
} from '../core/applications/application-index.ts'
import { linkApplications, noApplication } from '../core/applications/link.ts'
import { linkKey } from '../core/memory.ts'
import type { PolicySpec } from '../core/policy.ts'
import type { Tenancy } from '../core/applications/tenancy.ts'
import { chooseSources, type LinkedSource, type SourceWish } from '../core/targets/source.ts'
import { onChange, ReconcileError } from '../errors.ts'
import { linkedTarget, writeWish } from '../writeback/linked-target.ts'
import type { LinkedTarget } from '../writeback/place.ts'
import type { KnownPolicy } from './known-policies.ts'

/** A linked source of an Application. */
export interface Link {
  /** See `linkKey`. */
  readonly key: string
  readonly application: Application
  readonly exact: boolean
  /** Index of the source, where the Application has several. */
  readonly source: number | undefined
  readonly sourceType: string | undefined
  /** Where to write, or why there is no such place. */
  readonly target: LinkedTarget | ReconcileError
}

/** What a policy links now. `error` is set when that is nothing, or too much. */
export interface Links {
  readonly links: readonly Link[]
  readonly error: ReconcileError | undefined
}

/** Finds what policies link. */
export interface Linker {
  linksOf(policy: KnownPolicy, spec: PolicySpec, status: ImageUpdatePolicyStatus): Links
}

const mostApplications = 500

/** Makes a linker over the Applications and AppProjects that are watched; `revision` moves when an Application does. */
export function createLinker(sources: {
  applications: KnownApplications
  revision: () => number
  projectOf: (application: Application) => Project | undefined
  argocdNamespace: string
  allowCrossNamespace: boolean
}): Linker {
  const tenancy: Tenancy = sources
  let index: ApplicationIndex = indexApplications(sources.applications)
  let indexed = -1
  const current = (): ApplicationIndex => {
    if (indexed !== sources.revision()) index = indexApplications(sources.applications)
    indexed = sources.revision()
    return index
  }
  return {
    linksOf: (policy, spec, status) => {
      const { namespace } = policy.stored.identity
      const found = linkApplications(spec.applications, namespace, current(), tenancy)
      if (found.linked.length === 0) return { links: [], error: noApplication(spec.applications, namespace, found) }
      const chosen = chooseSources(found.linked, wishOf(policy, spec, status))
      if (chosen.length > mostApplications) return { links: [], error: tooMany(chosen.length) }
      return { links: chosen.map((one) => linkOf(policy, spec, one)), error: undefined }
    },
  }
}

function wishOf({ stored }: KnownPolicy, spec: PolicySpec, { applications = [] }: ImageUpdatePolicyStatus): SourceWish {
  const types = new Map(applications.map((application) => [linkKey(application), application.sourceType]))
  return {
    ...writeWish(spec, stored.spec),
    lastType: ({ namespace, name, multiple }: Application, source: number) =>
      types.get(linkKey({ namespace, name, source: multiple ? source : undefined })),
  }
}

function linkOf({ stored }: KnownPolicy, spec: PolicySpec, linked: LinkedSource): Link {
  const { application, exact } = linked
  const source = application.multiple ? linked.index : undefined
  const told = { application, exact, source, key: linkKey({ ...application, source }) }
  if (linked.kind === 'failed') return { ...told, sourceType: undefined, target: linked.error }
  return { ...told, sourceType: linked.sourceType, target: linkedTarget(stored.identity, spec, linked) }
}

function tooMany(count: number): ReconcileError {
  const message = `${count} Applications are linked, and ${mostApplications} are the most; split the policy`
  return new ReconcileError(reasons.tooManyApplications, message, { retry: onChange })
}
