import type { Application } from './application.ts'

/** The Applications that are known, found by namespace and name without looking at the others. */
export interface ApplicationIndex {
  get(namespace: string, name: string): Application | undefined
  inNamespace(namespace: string): readonly Application[]
  namespaces(): readonly string[]
}

/** Whoever knows the Applications. */
export interface KnownApplications {
  list(): readonly Application[]
  get(namespace: string, name: string): Application | undefined
}

/** Indexes Applications as they are when they are first looked for by anything but their names: then in one pass. */
export function indexApplications(known: KnownApplications): ApplicationIndex {
  let sorted: ReadonlyMap<string, readonly Application[]> | undefined
  const byNamespace = (): ReadonlyMap<string, readonly Application[]> => (sorted ??= sortedOf(known.list()))
  return {
    get: (namespace, name) => known.get(namespace, name),
    inNamespace: (namespace) => byNamespace().get(namespace) ?? [],
    namespaces: () => [...byNamespace().keys()],
  }
}

/** An index of Applications that are all at hand. */
export function indexOfAll(applications: readonly Application[]): ApplicationIndex {
  const byName = new Map(applications.map((one) => [JSON.stringify([one.namespace, one.name]), one]))
  return indexApplications({
    list: () => [...byName.values()],
    get: (namespace, name) => byName.get(JSON.stringify([namespace, name])),
  })
}

function sortedOf(applications: readonly Application[]): ReadonlyMap<string, readonly Application[]> {
  const byNamespace = new Map<string, Application[]>()
  for (const application of applications) {
    const others = byNamespace.get(application.namespace)
    if (others === undefined) byNamespace.set(application.namespace, [application])
    else others.push(application)
  }
  return byNamespace
}
