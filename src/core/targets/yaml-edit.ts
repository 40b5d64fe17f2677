import { isAlias, isMap, isScalar, isSeq, visit, type Node, type Scalar } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { stepsOf } from './key-steps.ts'
import { afterColon } from './override-layout.ts'
import { applySplices, type Splice } from './splice.ts'
import { anchorsFollowed } from './yaml-anchors.ts'
import { lineOf, readYaml, scalarText, textTag, withMarks, type YamlFile } from './yaml-file.ts'
import { findKey, type Standing } from './yaml-find.ts'
import { boundsOf } from './yaml-node.ts'
import { isTextUnquoted, quotedLike } from './yaml-scalar.ts'

/** A key, as Helm's `--set` spells it, and the text that it is to have. */
export interface KeyText {
  readonly key: string
  readonly text: string
}

/** What an edit made: the new text, and the anchors that were edited, whose aliases follow. */
export interface EditedYaml {
  readonly text: string
  readonly anchors: readonly string[]
}

/** What a scalar is to become. */
interface NodeText {
  readonly node: Scalar
  readonly text: string
}

/**
 * Gives keys that stand in a file their texts, and changes nothing else: only the scalars' own bytes are replaced, in the
 * quotes that they had where these will do. The result is read again; a fault names the line and says why nothing is changed.
 */
export function setKeys(file: YamlFile, wanted: readonly KeyText[]): Parsed<EditedYaml> {
  const splices: Splice[] = []
  const changes: NodeText[] = []
  for (const { key, text } of wanted) {
    const found = findKey(file, stepsOf(key))
    if (found.kind === 'wrong') return fault(found.fault)
    if (found.kind === 'missing') return fault(`there is no key ${key}`)
    if (isTextAt(found.node) && scalarText(found.node) === text) continue
    // Where nothing stands, the text goes behind the colon.
    if (isEmpty(found.node) && !file.hasMarks) return setKeys(withMarks(file), wanted)
    const splice = replacement(file, found, { key, text })
    if (!splice.ok) return splice
    splices.push(splice.value)
    changes.push({ node: found.node, text })
  }
  return spliced(file, splices, changes)
}

/** Gives scalars of a file, which stand there with quotes or without, their texts; see {@link setKeys}. */
export function setScalars(
  file: YamlFile,
  changes: readonly (NodeText & { readonly flow: boolean })[],
): Parsed<EditedYaml> {
  const empty = changes.find(({ node }) => isEmpty(node))
  if (empty !== undefined) return fault(`line ${lineOf(file, empty.node)}: there is no value; write ""`)
  const splices = changes.map(({ node, flow, text }): Splice => {
    const [start, end] = boundsOf(node)
    return { start, end, text: scalarSource({ node, flow }, text) }
  })
  return spliced(file, splices, changes)
}

/** Replaces scalars' bytes, and holds the result against the file as it was. */
function spliced(file: YamlFile, splices: readonly Splice[], changes: readonly NodeText[]): Parsed<EditedYaml> {
  const text = applySplices(file.text, splices)
  const after = readYaml(text)
  if (!after.ok || !isChangedOnlyIn(changes, file, after.value)) return fault(changesMore(file, changes))
  const anchors = anchorsFollowed(
    file,
    changes.map(({ node }) => node),
  )
  return parsed({ text, anchors })
}

function isEmpty(node: Scalar): boolean {
  const [start, end] = boundsOf(node)
  return start === end
}

/** Whether every YAML reads a scalar as the text that it shows. */
export function isTextAt(node: Scalar): boolean {
  if (typeof node.value !== 'string') return false
  return node.type !== 'PLAIN' || node.tag === textTag || isTextUnquoted(node.value)
}

function replacement(file: YamlFile, found: Standing, { key, text }: KeyText): Parsed<Splice> {
  const { node, pair, objection } = found
  if (objection !== undefined) return fault(objection)
  const [start, end] = boundsOf(node)
  if (!isEmpty(node)) return parsed({ start, end, text: scalarSource(found, text) })
  const isBare = node.anchor === undefined && node.tag === undefined
  const colon = pair?.srcToken?.sep?.some(({ type }) => type === 'map-value-ind') === true
  if (!isBare || pair === undefined || !colon)
    return fault(`line ${lineOf(file, node)}: ${key} has no value; write ${emptyAt(key)}`)
  const at = afterColon(pair)
  return parsed({ start: at, end: at, text: ` ${quotedLike(text, 'PLAIN')}` })
}

function emptyAt(key: string): string {
  const step = stepsOf(key).at(-1)
  return typeof step === 'string' ? `${step}: ""` : '- ""'
}

// In brackets not every reader takes a colon without quotes; what read one there before does.
function scalarSource({ node, flow }: Pick<Standing, 'node' | 'flow'>, text: string): string {
  const isNew = flow && text.includes(':') && !scalarText(node).includes(':')
  return quotedLike(text, isNew && node.type === 'PLAIN' ? 'QUOTE_DOUBLE' : node.type)
}

function changesMore(file: YamlFile, [first]: readonly NodeText[]): string {
  return `line ${lineOf(file, first?.node)}: the edit would change more than this value; write it plainly, in one line`
}

/** Whether two files say the same but for scalars that are now the wanted texts. */
function isChangedOnlyIn(changes: readonly NodeText[], before: YamlFile, after: YamlFile): boolean {
  const wanted = new Map<unknown, string>(changes.map(({ node, text }) => [node, text]))
  const [expected, found] = [nodesOf(before), nodesOf(after)]
  return (
    expected.length === found.length &&
    // What each says is compared at once: to keep all of it would take as much memory as the file.
    expected.every((node, nth) => wordsFor(node, wanted.get(node)) === wordsFor(found[nth], undefined))
  )
}

function nodesOf({ documents }: YamlFile): readonly Node[] {
  const nodes: Node[] = []
  for (const document of documents) visit(document, { Node: (_, node) => void nodes.push(node) })
  return nodes
}

/** What a node is and says, without what is in it. `text`: what it is to say instead. */
function wordsFor(node: Node | undefined, text: string | undefined): string {
  if (isAlias(node)) return `*${node.source}`
  const { anchor = '', tag = '' } = node as { anchor?: string; tag?: string }
  if (isMap(node) || isSeq(node)) return JSON.stringify([isMap(node), node.items.length, anchor, tag])
  if (!isScalar(node)) return ''
  return JSON.stringify(
    text === undefined ? [typeof node.value, anchor, tag, scalarText(node)] : ['string', anchor, tag, text],
  )
}
