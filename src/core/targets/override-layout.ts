import { isMap, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { listNames, type OverrideDocument } from './override-document.ts'
import { applySplices, insertLines, lineNumber, lineStart, nextLine, type Splice } from './splice.ts'
import { boundsOf, contentEnd, isAbsent } from './yaml-node.ts'

/** Lines of a list that stands nowhere yet, written for column 0. */
export type Lines = readonly string[]

/** Whether a file has its list in lines, one entry after the other, so that lines can be added and taken out. */
export function isInLines({ list }: OverrideDocument): boolean {
  return isSeq(list?.value) && list.value.flow !== true && list.value.items.length > 0
}

/** The entries of a list in brackets, each as a line; a comment among them would be lost, which is a fault. */
export function linesOfFlow({ text, list }: OverrideDocument): Parsed<Lines> {
  const seq = list?.value
  if (!isSeq(seq) || seq.items.length === 0) return parsed([])
  const pieces = seq.items.map((item) => pieceOf(text, item))
  const lost = lostComment(text, seq, pieces)
  return lost ?? parsed(pieces.map(({ source }) => `- ${source}`))
}

/**
 * Puts a list in lines where the tool's list belongs, with the keys above it where they are missing; what stands there in
 * brackets or as null is replaced, and maps in brackets around it are written in lines as well.
 */
export function withList(document: OverrideDocument, items: Lines): Parsed<string> {
  const { text, root, section, list, tool } = document
  const listKey = listNames[tool]
  const fresh = [`${tool}:`, `  ${listKey}:`, ...indented(items, 2)]
  if (root === undefined) return parsed(applySplices(text, [insertLines(text, text.length, fresh)]))
  if (root.flow === true) return rewritten(document, root, items)
  if (section === undefined) return parsed(insertedAfter(text, root, fresh))
  const sectionColumn = columnOf(text, section)
  const map = section.value
  if (!isMap<Node, Node | null>(map)) {
    return parsed(replaced(text, section, indented([`${listKey}:`, ...items], sectionColumn + 2)))
  }
  if (map.flow === true) {
    const pairs = pairLines(text, map, { key: listKey, lines: items })
    return pairs.ok ? parsed(replaced(text, section, indented(pairs.value, sectionColumn + 2))) : pairs
  }
  const [first] = map.items
  const column = first === undefined ? sectionColumn + 2 : columnOf(text, first)
  if (list === undefined) return parsed(insertedAfter(text, map, indented([`${listKey}:`, ...items], column)))
  return parsed(replaced(text, list, indented(items, column)))
}

/** Where the value of a pair begins: after its colon. */
export function afterColon(pair: Pair<Node, Node | null>): number {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === 'map-value-ind')
  return colon === undefined ? boundsOf(pair.key)[1] : colon.offset + 1
}

function rewritten({ text, tool, section }: OverrideDocument, root: YAMLMap, items: Lines): Parsed<string> {
  const inner = isMap<Node, Node | null>(section?.value)
    ? pairLines(text, section.value, { key: listNames[tool], lines: items })
    : parsed([`${listNames[tool]}:`, ...items])
  if (!inner.ok) return inner
  const lines = pairLines(text, root, { key: tool, lines: indented(inner.value, 2) })
  if (!lines.ok) return lines
  const [start, end] = boundsOf(root)
  const isAlone = lineStart(text, start) === start
  const block = insertLines(text, nextLine(text, end), lines.value)
  return parsed(applySplices(text, [{ start, end: isAlone ? nextLine(text, end) : end, text: '' }, block]))
}

/** The pairs of a map in brackets, each as a line, but for the one that is replaced by a key with lines below it. */
function pairLines(
  text: string,
  map: YAMLMap<Node, Node | null> | YAMLMap,
  { key, lines }: { key: string; lines: Lines },
): Parsed<Lines> {
  const pieces = map.items.map((pair) => ({ ...pieceOf(text, pair.key, pair.value), pair }))
  const lost = lostComment(text, map, pieces)
  if (lost !== undefined) return lost
  const replacement = [`${key}:`, ...lines]
  const isReplaced = (piece: (typeof pieces)[number]) => text.slice(...boundsOf(piece.pair.key)) === key
  const kept = pieces.flatMap((piece) => (isReplaced(piece) ? replacement : [piece.source]))
  return parsed(pieces.some(isReplaced) ? kept : [...kept, ...replacement])
}

interface Piece {
  readonly start: number
  readonly end: number
  readonly source: string
}

function pieceOf(text: string, first: unknown, last: unknown = first): Piece {
  const [start] = boundsOf(first)
  const [, end] = isAbsent(last) ? boundsOf(first) : boundsOf(last)
  return { start, end, source: `${text.slice(start, end)}${last !== first && isAbsent(last) ? ':' : ''}` }
}

function lostComment(
  text: string,
  collection: YAMLMap | YAMLMap<Node, Node | null> | YAMLSeq,
  pieces: readonly Piece[],
): { ok: false; fault: string } | undefined {
  const [start, end] = boundsOf(collection)
  const gaps = [start, ...pieces.map((piece) => piece.end)].map((from, nth) =>
    text.slice(from, pieces[nth]?.start ?? end),
  )
  if (!gaps.some((gap) => gap.includes('#'))) return undefined
  return fault(
    `line ${lineNumber(text, start)}: there is a comment between brackets; write one entry a line, without brackets`,
  )
}

function insertedAfter(text: string, node: unknown, lines: Lines): string {
  return applySplices(text, [insertLines(text, nextLine(text, contentEnd(node)), lines)])
}

/** Takes away what stands after a pair's colon (but a comment) and puts lines below it. */
function replaced(text: string, pair: Pair<Node, Node | null>, lines: Lines): string {
  const start = afterColon(pair)
  const [from, to] = boundsOf(pair.value)
  const end = to > from ? to : start
  const removal: Splice = { start, end, text: '' }
  return applySplices(text, [removal, insertLines(text, nextLine(text, end), lines)])
}

function columnOf(text: string, { key }: Pair<Node, Node | null> | Pair): number {
  const [start] = boundsOf(key)
  return start - lineStart(text, start)
}

/** Lines moved to the right by a number of columns. */
export function indented(lines: Lines, columns: number): Lines {
  return lines.map((line) => ' '.repeat(columns) + line)
}
