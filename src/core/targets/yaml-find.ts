import { isAlias, isScalar, isSeq, type Document, type Node, type Scalar, type YAMLMap } from 'yaml'
import { keyOf, type Step } from './key-steps.ts'
import {
  isNodeMap,
  lineOf,
  membersNamed,
  mergedInto,
  resolved,
  scalarText,
  textTag,
  type YamlFile,
  type YamlPair,
} from './yaml-file.ts'
import { boundsOf, isAbsent } from './yaml-node.ts'

/** What stands at a key of a YAML file. */
export type Found =
  | Standing
  | Missing
  /** Something else than a text stands there, or on the way. */
  | { readonly kind: 'wrong'; readonly depth: number; readonly fault: string }

/** A scalar, perhaps null; `objection` says why it can't be changed where it stands. */
export interface Standing {
  readonly kind: 'standing'
  readonly document: Document<Node>
  readonly node: Scalar
  /** The pair of which it is the value; undefined in a list. */
  readonly pair: YamlPair | undefined
  /** It stands in brackets or braces. */
  readonly flow: boolean
  readonly objection: string | undefined
}

/** Nothing; `depth` steps of the key are there. */
export interface Missing {
  readonly kind: 'missing'
  readonly depth: number
  readonly document: Document<Node> | undefined
  /** The map that is last on the way; undefined: the document is empty, or the value of `pair` is. */
  readonly map: YAMLMap<Node, Node | null> | undefined
  readonly pair: YamlPair | undefined
  readonly objection: string | undefined
}

/** Finds a key in a file: where it stands, or the document that has most of it. In two documents it is ambiguous. */
export function findKey(file: YamlFile, steps: readonly Step[]): Found {
  const found = file.documents.map((document) => findIn(file, document, steps))
  const [first, second] = found.filter(({ kind }) => kind === 'standing')
  if (first?.kind === 'standing' && second?.kind === 'standing') {
    const [line, other] = [second, first].map(({ node }) => lineOf(file, node))
    const objection = `line ${line}: ${keyOf(steps)} stands in another document, too (line ${other}); leave it in one`
    return { ...second, objection }
  }
  if (first !== undefined) return first
  const nearest = found.toSorted((a, b) => depthOf(b) - depthOf(a))[0]
  return nearest ?? { ...nothing, document: undefined }
}

const nothing = { kind: 'missing', depth: 0, map: undefined, pair: undefined, objection: undefined } as const

function depthOf(found: Found): number {
  return found.kind === 'standing' ? Infinity : found.depth
}

// A repository, a tag and a digest, with room to spare.
const longestText = 1_024

interface Way {
  readonly file: YamlFile
  readonly document: Document<Node>
  readonly steps: readonly Step[]
}

/** Where the walk is: a node as it stands, what it is the value of, and what speaks against changing it. */
interface Position {
  readonly node: Node | null | undefined
  readonly pair: YamlPair | undefined
  readonly flow: boolean
  readonly objection: string | undefined
}

function findIn(file: YamlFile, document: Document<Node>, steps: readonly Step[]): Found {
  const way = { file, document, steps }
  const root = { node: document.contents, pair: undefined, flow: false, objection: undefined }
  let at: Position = throughAlias(way, 0, root)
  for (const [depth, step] of steps.entries()) {
    const { pair, objection } = at
    if (isAbsent(at.node)) return { kind: 'missing', depth, document, map: undefined, pair, objection }
    const next = typeof step === 'number' ? item(way, depth, at) : member(way, depth, at)
    if ('kind' in next) return next
    at = throughAlias(way, depth + 1, next)
  }
  const { node, ...rest } = at
  if (isScalar(node) && scalarText(node).length > longestText)
    return wrong(way, steps.length, { what: 'holds a longer text than any image has', node })
  if (isScalar(node))
    return { kind: 'standing', document, node, ...rest, objection: rest.objection ?? unfit(way, node) }
  if (isAbsent(node))
    return { kind: 'wrong', depth: steps.length, fault: rest.objection ?? `${keyOf(steps)} has no value` }
  return wrong(way, steps.length, { what: hasBraces(way, node) ? braces : 'holds more than a text', node })
}

const braces = 'holds template braces ({{ … }}), which something else fills in'

function member(way: Way, depth: number, at: Position): Position | Found {
  const { node, pair, objection } = at
  const { file, document, steps } = way
  const name = String(steps[depth])
  if (isSeq(node)) return wrong(way, depth, { what: `is a list: write ${keyOf(steps.slice(0, depth))}[0]`, node })
  if (!isNodeMap(node)) return wrong(way, depth, { what: 'holds a text, and no further keys', node })
  const named = membersNamed(node, name)
  const last = named.at(-1)
  if (last === undefined) {
    const merged = throughMerge(way, depth, node)
    return merged ?? { kind: 'missing', depth, document, map: node, pair, objection }
  }
  const twice =
    named.length > 1
      ? `line ${lineOf(file, last.key)}: ${keyOf(steps.slice(0, depth + 1))} stands twice; leave one`
      : undefined
  return { node: last.value, pair: last, flow: at.flow || node.flow === true, objection: objection ?? twice }
}

function item(way: Way, depth: number, { node, pair, flow, objection }: Position): Position | Found {
  const index = Number(way.steps[depth])
  if (!isSeq<Node>(node)) return wrong(way, depth, { what: 'is no list', node })
  if (index < node.items.length)
    return { node: node.items[index], pair: undefined, flow: flow || node.flow === true, objection }
  return { kind: 'missing', depth, document: way.document, map: undefined, pair, objection }
}

/** A member that a map has by `<<` can be read, but is not its own to be changed. */
function throughMerge(way: Way, depth: number, map: YAMLMap<Node, Node | null>): Position | undefined {
  for (const merged of mergedInto(map)) {
    const source = resolved(merged, way.document)
    const pair = isNodeMap(source) ? membersNamed(source, String(way.steps[depth])).at(-1) : undefined
    if (pair === undefined) continue
    const key = keyOf(way.steps.slice(0, depth + 1))
    const objection = `line ${lineOf(way.file, map)}: ${key} comes from line ${lineOf(way.file, pair.key)} by <<; write it out here, or change it there`
    return { node: pair.value, pair, flow: false, objection }
  }
  return undefined
}

function throughAlias(way: Way, depth: number, at: Position): Position {
  const { file, document, steps } = way
  if (!isAlias(at.node)) return at
  const target = resolved(at.node, document)
  const from = target === undefined ? 'nothing' : `&${at.node.source} in line ${lineOf(file, target)}`
  const key = keyOf(steps.slice(0, depth))
  const objection = `line ${lineOf(file, at.node)}: ${key} is an alias of ${from}; write it out here, or name the key there`
  return { ...at, node: target, objection: at.objection ?? objection }
}

function unfit(way: Way, node: Scalar): string | undefined {
  const at = `line ${lineOf(way.file, node)}: ${keyOf(way.steps)}`
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
    return `${at} is a block of lines (| or >); write it in one line`
  if (node.tag !== undefined && node.tag !== textTag) return `${at} has a YAML tag (${node.tag}); write it without`
  return hasBraces(way, node) ? `${at} ${braces}` : undefined
}

function hasBraces({ file }: Way, node: Node | null | undefined): boolean {
  const [start, end] = boundsOf(node)
  const source = file.text.slice(start, end)
  return isScalar(node) ? source.includes('{{') : source.startsWith('{{')
}

function wrong(way: Way, depth: number, { what, node }: { what: string; node: unknown }): Found {
  const key = depth === 0 ? 'the file' : keyOf(way.steps.slice(0, depth))
  return { kind: 'wrong', depth, fault: `line ${lineOf(way.file, node)}: ${key} ${what}` }
}
