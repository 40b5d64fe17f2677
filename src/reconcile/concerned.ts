import type { Application } from '../core/applications/application.ts'
import { exactName, matchesEntry } from '../core/applications/link.ts'
import type { ApplicationEntry, PolicyKey } from '../core/policy.ts'
import type { KnownPolicies, KnownPolicy } from './known-policies.ts'

/** Tells which policies an Application concerns. */
export interface Concerns {
  /** By what the Application was and what it is; tenancy aside. */
  of(change: { before: Application | undefined; after: Application | undefined }): readonly PolicyKey[]
  /** A policy came, changed or went. */
  renew(): void
}

interface Wish {
  readonly key: PolicyKey
  readonly namespace: string
  readonly entries: readonly ApplicationEntry[]
}

interface Wishes {
  /** Of those who name an Application exactly, by its `namespace/name`. */
  readonly named: ReadonlyMap<string, readonly Wish[]>
  /** Of those who may mean any. */
  readonly loose: readonly Wish[]
}

/** Makes the finder: of the policies that name Applications exactly only those of the name are looked at. */
export function createConcerns(policies: Pick<KnownPolicies, 'list'>): Concerns {
  let wishes: Wishes | undefined
  return {
    of: ({ before, after }) => {
      const views = [before, after].filter((view) => view !== undefined)
      const { named, loose } = (wishes ??= wishesOf(policies.list()))
      const [view] = views
      const candidates = [...((view && named.get(`${view.namespace}/${view.name}`)) ?? []), ...loose]
      const concerned = candidates.filter(({ entries, namespace }) =>
        views.some((each) => entries.some((entry) => matchesEntry(entry, namespace, each))),
      )
      return [...new Set(concerned.map(({ key }) => key))]
    },
    renew: () => (wishes = undefined),
  }
}

function wishesOf(policies: readonly KnownPolicy[]): Wishes {
  const named = new Map<string, Wish[]>()
  const loose: Wish[] = []
  for (const { key, stored, parsed } of policies) {
    const { namespace } = stored.identity
    const entries = parsed.ok ? parsed.spec.applications : []
    const isExact = (entry: ApplicationEntry) => entry.namespace === undefined && exactName(entry) !== undefined
    for (const entry of entries.filter(isExact)) {
      const name = `${namespace}/${exactName(entry)}`
      named.set(name, [...(named.get(name) ?? []), { key, namespace, entries: [entry] }])
    }
    const others = entries.filter((entry) => !isExact(entry))
    if (others.length > 0) loose.push({ key, namespace, entries: others })
  }
  return { named, loose }
}
