import type { Application, ApplicationSource } from '../applications/application.ts'
import { entriesOf, type ListEntry } from './entries.ts'
import type { Tool } from './source.ts'

/** An operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'test' | 'add' | 'replace'
  readonly path: string
  readonly value: unknown
}

/** Which source of an Application is patched, and what its list is to say. */
export interface PatchWish {
  /** Index in `application.sources`. */
  readonly index: number
  readonly tool: Tool
  readonly wanted: readonly ListEntry[]
}

/**
 * The patch that gives an Application's source the wanted entries and touches nothing else; empty when they all stand.
 * Tests guard each entry: it fails where somebody changed one of them, or their place, since the Application was read.
 */
export function applicationPatch(
  application: Application,
  { index, tool, wanted }: PatchWish,
): readonly PatchOperation[] {
  const source = application.sources[index]
  if (source === undefined) return []
  const base = application.multiple ? `/spec/sources/${index}` : '/spec/source'
  const standing = entriesOf(source, tool) ?? []
  const missing = wanted.filter(({ name }) => !standing.some((entry) => entry.name === name))
  const changes = [
    ...wanted.flatMap((entry) => change(entry, { tool, standing, list: `${base}/${listPath[tool]}` })),
    ...addition(missing, { tool, source, base, length: standing.length }),
  ]
  if (changes.length === 0) return []
  return application.multiple ? [...sourceTests(source, base), ...changes] : changes
}

const listPath = { helm: 'helm/parameters', kustomize: 'kustomize/images' } as const

// The list may have been reordered; that `spec.sources` is still there follows from the path.
function sourceTests({ repoURL, path, chart }: ApplicationSource, base: string): readonly PatchOperation[] {
  const members = { repoURL, path, chart }
  return Object.entries(members).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ op: 'test', path: `${base}/${name}`, value }],
  )
}

interface Standing {
  readonly tool: Tool
  readonly standing: readonly ListEntry[]
  /** JSON Pointer of the list. */
  readonly list: string
}

function change(wanted: ListEntry, { tool, standing, list }: Standing): readonly PatchOperation[] {
  const at = standing.findLastIndex(({ name }) => name === wanted.name)
  const entry = standing[at]
  if (entry === undefined || (entry.value === wanted.value && entry.forceString === wanted.forceString)) return []
  const path = `${list}/${at}`
  if (tool === 'kustomize') {
    return [
      { op: 'test', path, value: entry.value },
      { op: 'replace', path, value: wanted.value },
    ]
  }
  return [
    { op: 'test', path: `${path}/name`, value: entry.name },
    ...setValue(entry.value, wanted.value, `${path}/value`),
    ...(entry.forceString ? [] : [{ op: 'add', path: `${path}/forceString`, value: true } as const]),
  ]
}

// Argo CD leaves an empty value out when it writes an Application: then `test` and `replace` would fail on what is not there.
function setValue(before: string, value: string, path: string): readonly PatchOperation[] {
  if (before === '') return [{ op: 'add', path, value }]
  const test = { op: 'test', path, value: before } as const
  return before === value ? [test] : [test, { op: 'replace', path, value }]
}

interface Gap {
  readonly tool: Tool
  readonly source: ApplicationSource
  readonly base: string
  readonly length: number
}

/** Adds entries at the end, with whatever parents are missing: `test null` holds for a member that is absent. */
function addition(missing: readonly ListEntry[], { tool, source, base, length }: Gap): readonly PatchOperation[] {
  if (missing.length === 0) return []
  const [section, list] = tool === 'helm' ? (['helm', 'parameters'] as const) : (['kustomize', 'images'] as const)
  const items = missing.map((entry) => itemOf(entry, tool))
  const create = (path: string, value: unknown): readonly PatchOperation[] => [
    { op: 'test', path, value: null },
    { op: 'add', path, value },
  ]
  if (source[section] === undefined) return create(`${base}/${section}`, { [list]: items })
  const path = `${base}/${section}/${list}`
  if (entriesOf(source, tool) === undefined) return create(path, items)
  // The test afterwards tells whether the list still had the length that it had: somebody else may have added the same name.
  return items.flatMap((value, nth) => [
    { op: 'add', path: `${path}/-`, value },
    { op: 'test', path: `${path}/${length + nth}`, value },
  ])
}

function itemOf({ name, value, forceString }: ListEntry, tool: Tool): unknown {
  return tool === 'helm' ? { name, value, forceString } : value
}
