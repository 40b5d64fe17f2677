import { reasons } from '../../api/conditions.ts'
import { onChange, ReconcileError } from '../../errors.ts'
import type { Application } from './application.ts'
import type { ApplicationIndex } from './application-index.ts'
import type { ApplicationEntry } from '../policy.ts'
import { mayLink, type Tenancy } from './tenancy.ts'

/** An Application that a policy links, by one entry of `spec.applications`. */
export interface Linked {
  readonly application: Application
  readonly entry: ApplicationEntry
  /** Linked by an exact name alone: taken at its word. */
  readonly exact: boolean
}

/** What a policy links, and what it would link if it were allowed to. */
export interface Links {
  /** The Applications in the order in which entries find them, those of one entry by namespace and name. */
  readonly linked: readonly Linked[]
  /** Applications of other namespaces that match but may not be linked. */
  readonly refused: readonly Application[]
}

/**
 * Finds the Applications that a policy links: in its own namespace unless an entry's `namespace` says. The first entry
 * that matches an Application counts; a later one adds to it only when it names a source that none before it named.
 */
export function linkApplications(
  entries: readonly ApplicationEntry[],
  policyNamespace: string,
  index: ApplicationIndex,
  tenancy: Tenancy,
): Links {
  const linked = new Map<Application, Linked[]>()
  const refused = new Set<Application>()
  for (const entry of entries) {
    const exact = exactName(entry) !== undefined && entry.selector === undefined
    for (const application of matching(entry, policyNamespace, index)) {
      const before = linked.get(application) ?? []
      if (!mayLink(application, policyNamespace, tenancy)) refused.add(application)
      else if (adds(entry, before)) linked.set(application, [...before, { application, entry, exact }])
    }
  }
  return { linked: [...linked.values()].flat(), refused: [...refused] }
}

/** Whether an entry matches an Application, tenancy aside: for asking which policies an Application concerns. */
export function matchesEntry(entry: ApplicationEntry, policyNamespace: string, application: Application): boolean {
  const { name, selector, namespace } = entry
  return (
    (namespace?.matches(application.namespace) ?? application.namespace === policyNamespace) &&
    (name?.matches(application.name) ?? true) &&
    (selector?.matches(application.labels) ?? true)
  )
}

/** Says that no Application is linked: which entries there are, and how many matches tenancy refused. */
export function noApplication(
  entries: readonly ApplicationEntry[],
  policyNamespace: string,
  { refused }: Links,
): ReconcileError {
  const sought = entries.slice(0, 3).map((entry) => describe(entry, policyNamespace))
  const more = entries.length > 3 ? `, nor any of ${entries.length - 3} further entries` : ''
  const message = `no Application matches ${sought.join(', nor ')}${more}${refusal(refused, policyNamespace)}`
  return new ReconcileError(reasons.applicationNotFound, message, { retry: onChange })
}

function refusal(refused: readonly Application[], policyNamespace: string): string {
  if (refused.length === 0) return ''
  const [count, match, their] =
    refused.length === 1 ? ['1 Application', 'matches', 'its'] : [`${refused.length} Applications`, 'match', 'their']
  return `; ${count} in other namespaces ${match}, but a policy of namespace ${policyNamespace} may not link ${refused.length === 1 ? 'it' : 'them'}: name that namespace in sourceNamespaces of ${their} AppProject, or run the operator with --allow-cross-namespace`
}

function describe(entry: ApplicationEntry, policyNamespace: string): string {
  const selected = entry.selector === undefined ? [] : ['the selector']
  const named = entry.name === undefined ? [] : [`name ${entry.name.source}`]
  return `${[...named, ...selected].join(' with ')} in namespace ${entry.namespace?.source ?? policyNamespace}`
}

function matching(entry: ApplicationEntry, policyNamespace: string, index: ApplicationIndex): readonly Application[] {
  const namespaces =
    entry.namespace === undefined
      ? [policyNamespace]
      : index.namespaces().filter((namespace) => entry.namespace?.matches(namespace))
  const name = exactName(entry)
  const found = namespaces.flatMap((namespace) =>
    name === undefined ? index.inNamespace(namespace) : (index.get(namespace, name) ?? []),
  )
  return found.filter((application) => matchesEntry(entry, policyNamespace, application)).toSorted(byName)
}

/** The name that an entry means when it is no pattern; then nothing has to be searched. */
export function exactName({ name }: Pick<ApplicationEntry, 'name'>): string | undefined {
  return name === undefined || /[*?[\]\\]/.test(name.source) ? undefined : name.source
}

function adds({ source }: ApplicationEntry, before: readonly Linked[]): boolean {
  if (before.length === 0) return true
  if (source === undefined) return false
  const key = JSON.stringify(source)
  return before.every(({ entry }) => JSON.stringify(entry.source) !== key)
}

function byName(a: Application, b: Application): number {
  const [first, second] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`]
  return first < second ? -1 : Number(first > second)
}
