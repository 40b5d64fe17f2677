import { distinct, lastNamed, type ListEntry } from './entries.ts'
import type { FileEntry, Origin } from './override-document.ts'

/** An entry as it is to stand in the file; `origin` undefined: a policy's own. */
export interface PlannedEntry extends ListEntry {
  readonly origin: Origin | undefined
}

/** What is to happen to the entries of an override file. */
export interface Plan {
  /** By index of the entry; `undefined` takes it out. */
  readonly changes: ReadonlyMap<number, PlannedEntry | undefined>
  readonly additions: readonly PlannedEntry[]
  /** Names of the carried entries that are added or changed. */
  readonly carried: readonly string[]
}

/**
 * Plans what makes a file say the wanted entries and carry everything else that Argo CD would lose: `base`, the list that
 * the file's own replaces. Entries that somebody else put there stay; carried ones that are gone from the base go.
 */
export function planOverride(
  entries: readonly FileEntry[],
  wanted: readonly ListEntry[],
  base: readonly PlannedEntry[],
): Plan {
  const finals = finalEntries(entries, wanted, base)
  const changes = new Map<number, PlannedEntry | undefined>()
  entries.forEach((entry, index) => {
    const final = finals.get(entry.name)
    const counts = entries.findLastIndex(({ name }) => name === entry.name) === index
    if (final !== undefined && counts) {
      if (!isSame(entry, final)) changes.set(index, final)
    } else if (entry.origin !== undefined) changes.set(index, undefined)
  })
  const additions = [...finals.values()].filter(({ name }) => lastNamed(entries, name) === undefined)
  const carried = [...changes.values(), ...additions].filter((entry) => entry?.origin !== undefined)
  return { changes, additions, carried: carried.flatMap((entry) => entry?.name ?? []) }
}

/** Whether a plan has nothing to do. */
export function isIdle({ changes, additions }: Plan): boolean {
  return changes.size === 0 && additions.length === 0
}

/** The entries that are ours to determine, by name: the wanted ones first, then those carried. */
function finalEntries(
  entries: readonly FileEntry[],
  wanted: readonly ListEntry[],
  base: readonly PlannedEntry[],
): ReadonlyMap<string, PlannedEntry> {
  const finals = new Map<string, PlannedEntry>(wanted.map((entry) => [entry.name, { ...entry, origin: undefined }]))
  const others = new Set(entries.filter(({ origin }) => origin === undefined).map(({ name }) => name))
  for (const entry of distinct(base)) {
    if (entry.name !== '' && !finals.has(entry.name) && !others.has(entry.name)) finals.set(entry.name, entry)
  }
  return finals
}

function isSame(entry: FileEntry, final: PlannedEntry): boolean {
  return entry.value === final.value && entry.forceString === final.forceString && entry.origin === final.origin
}
