import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { markerPattern, markers, type FileEntry, type OverrideDocument } from './override-document.ts'
import { afterColon, indented, type Lines } from './override-layout.ts'
import type { Plan, PlannedEntry } from './override-plan.ts'
import type { Tool } from './source.ts'
import { applySplices, insertLines, lineEndOf, lineNumber, lineStart, nextLine, type Splice } from './splice.ts'
import { doubleQuoted, plainName, quotedLike } from './yaml-scalar.ts'
import { boundsOf, contentEnd, isAbsent, pairIn } from './yaml-node.ts'

/** An entry in lines of its own, for column 0. */
export function entryLines({ name, value, forceString, origin }: PlannedEntry, tool: Tool): Lines {
  const marker = origin === undefined ? '' : ` ${markers[origin]}`
  if (tool === 'kustomize') return [`- ${doubleQuoted(value)}${marker}`]
  const forced = forceString ? ['  forcestring: true'] : []
  return [`- name: ${plainName(name)}${marker}`, `  value: ${doubleQuoted(value)}`, ...forced]
}

/** Carries a plan out on a file that has its list in lines (or, when entries only change their values, in brackets). */
export function withEntries(document: OverrideDocument, { changes, additions }: Plan): Parsed<string> {
  const { text, tool, entries, list } = document
  const splices: Splice[] = []
  for (const [index, planned] of changes) {
    const entry = entries[index]
    if (entry === undefined) continue
    const changed = planned === undefined ? parsed(removal(text, entry)) : changesOf(document, entry, planned)
    if (!changed.ok) return changed
    splices.push(...changed.value)
  }
  const dash = entries.find((entry) => entry.dash !== undefined)?.dash
  if (additions.length > 0 && dash !== undefined) {
    const lines = additions.flatMap((entry) => entryLines(entry, tool))
    const at = nextLine(text, contentEnd(list?.value))
    splices.push(insertLines(text, at, indented(lines, dash - lineStart(text, dash))))
  }
  const isEmptied =
    additions.length === 0 && [...changes.values()].filter((planned) => planned === undefined).length === entries.length
  // A key with nothing after it would be null, which takes the Application's own list away as well.
  if (isEmptied && list !== undefined) splices.push({ start: afterColon(list), end: afterColon(list), text: ' []' })
  return parsed(applySplices(text, splices))
}

function removal(text: string, { dash, node }: FileEntry): readonly Splice[] {
  return dash === undefined ? [] : [{ start: lineStart(text, dash), end: nextLine(text, contentEnd(node)), text: '' }]
}

function changesOf(document: OverrideDocument, entry: FileEntry, planned: PlannedEntry): Parsed<readonly Splice[]> {
  const { text, tool } = document
  const marker = markerChange(text, entry, planned)
  const { node } = entry
  const value =
    tool === 'kustomize' ? scalarChange(text, node, planned.value) : parameterChange(text, node, { entry, planned })
  return value.ok ? parsed([...marker, ...value.value]) : value
}

function markerChange(text: string, { dash, origin }: FileEntry, planned: PlannedEntry): readonly Splice[] {
  if (dash === undefined || origin === planned.origin) return []
  const start = lineStart(text, dash)
  const match = markerPattern.exec(text.slice(start, nextLine(text, dash + 1)))
  if (match === null) return []
  const from = start + match.index
  return [
    {
      start: from,
      end: from + match[0].length,
      text: planned.origin === undefined ? '' : ` ${markers[planned.origin]}`,
    },
  ]
}

function parameterChange(
  text: string,
  node: Node,
  { entry, planned }: { entry: FileEntry; planned: PlannedEntry },
): Parsed<readonly Splice[]> {
  if (!isMap<Node, Node | null>(node)) return untouchable(text, node)
  const splices: Splice[] = []
  const missing: [key: string, value: string][] = []
  const value = pairIn(node, 'value')
  if (value === undefined) missing.push(['value', doubleQuoted(planned.value)])
  else if (entry.value !== planned.value) {
    const change = pairChange(text, value, (style) => quotedLike(planned.value, style))
    if (!change.ok) return change
    splices.push(...change.value)
  }
  const forced = node.items.find(({ key }) => isScalar(key) && String(key.value).toLowerCase() === 'forcestring')
  if (forced === undefined && planned.forceString) missing.push(['forcestring', 'true'])
  if (forced !== undefined && entry.forceString !== planned.forceString) {
    const change = pairChange(text, forced, () => String(planned.forceString))
    if (!change.ok) return change
    splices.push(...change.value)
  }
  return parsed([...splices, ...addPairs(text, node, missing)])
}

function pairChange(
  text: string,
  pair: Pair<Node, Node | null>,
  write: (style: string | undefined) => string,
): Parsed<readonly Splice[]> {
  const [start, end] = boundsOf(pair.value)
  if (isAbsent(pair.value) && end === start) {
    const at = afterColon(pair)
    return parsed([{ start: at, end: at, text: ` ${write(undefined)}` }])
  }
  return scalarSplice(text, pair.value, write)
}

function scalarChange(text: string, node: unknown, value: string): Parsed<readonly Splice[]> {
  return scalarSplice(text, node, (style) => quotedLike(value, style))
}

function scalarSplice(
  text: string,
  node: unknown,
  write: (style: string | undefined) => string,
): Parsed<readonly Splice[]> {
  if (!isScalar(node)) return untouchable(text, node)
  const [start, end] = boundsOf(node)
  // A block scalar ends with its last line.
  const tail = text[end - 1] === '\n' ? lineEndOf(text) : ''
  return parsed([{ start, end, text: write(node.type) + tail }])
}

function untouchable(text: string, node: unknown): { readonly ok: false; readonly fault: string } {
  const what = isAlias(node)
    ? `is an alias (*${node.source}); write it out`
    : isSeq(node) || isMap(node)
      ? 'is no text'
      : 'is missing'
  return fault(`line ${lineNumber(text, boundsOf(node)[0])}: a value that is to be changed ${what}`)
}

function addPairs(
  text: string,
  map: YAMLMap<Node, Node | null>,
  pairs: readonly (readonly [key: string, value: string])[],
): readonly Splice[] {
  const [first] = map.items
  const end = contentEnd(map.items.at(-1)?.value ?? map.items.at(-1)?.key)
  if (pairs.length === 0 || first === undefined) return []
  const lines = pairs.map(([key, value]) => `${key}: ${value}`)
  if (map.flow === true) return [{ start: end, end, text: lines.map((line) => `, ${line}`).join('') }]
  const [start] = boundsOf(first.key)
  return [insertLines(text, nextLine(text, contentEnd(map)), indented(lines, start - lineStart(text, start)))]
}
