import type { Application } from '../core/applications/application.ts'
import { matchesEntry } from '../core/applications/link.ts'
import type { PolicyKey } from '../core/policy.ts'
import type { KnownPolicies } from './known-policies.ts'

/** The policies that an Application concerns, by what it was and what it is; tenancy aside. */
export function policiesConcernedBy(
  { before, after }: { before: Application | undefined; after: Application | undefined },
  policies: KnownPolicies,
): readonly PolicyKey[] {
  const views = [before, after].filter((view) => view !== undefined)
  return policies.list().flatMap(({ key, stored, parsed }) => {
    if (!parsed.ok) return []
    const { namespace } = stored.identity
    const { applications } = parsed.spec
    return views.some((view) => applications.some((entry) => matchesEntry(entry, namespace, view))) ? [key] : []
  })
}
