import type { Application } from './application.ts'

/** The Applications that are known, found by namespace and name without looking at the others. */
export interface ApplicationIndex {
  get(namespace: string, name: string): Application | undefined
  inNamespace(namespace: string): readonly Application[]
  namespaces(): readonly string[]
}

/** Indexes Applications: one pass, then each look-up costs what it finds. */
export function indexApplications(applications: Iterable<Application>): ApplicationIndex {
  const byNamespace = new Map<string, Map<string, Application>>()
  for (const application of applications) {
    const named = byNamespace.get(application.namespace) ?? new Map<string, Application>()
    byNamespace.set(application.namespace, named.set(application.name, application))
  }
  return {
    get: (namespace, name) => byNamespace.get(namespace)?.get(name),
    inNamespace: (namespace) => [...(byNamespace.get(namespace)?.values() ?? [])],
    namespaces: () => [...byNamespace.keys()],
  }
}
