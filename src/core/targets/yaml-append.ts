import { isSeq, type Node, type YAMLMap, type YAMLSeq } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { afterColon, indented } from './override-layout.ts'
import { applySplices, insertLines, lineEndOf, lineStart, nextLine, type Splice } from './splice.ts'
import { columnOf, lastInBraces } from './yaml-create.ts'
import { isNodeMap, lineOf, membersNamed, readYaml, withMarks, type YamlFile, type YamlPair } from './yaml-file.ts'
import { boundsOf, contentEnd, isAbsent, membersOf } from './yaml-node.ts'
import { doubleQuoted, plainName } from './yaml-scalar.ts'
import { saysNow } from './yaml-says.ts'

/** Members of a map that is to be an entry of a list, in their order; names are plain words. */
export type Members = readonly (readonly [name: string, text: string])[]

/** Adds an entry at the end of a list at the root of a file, in the way in which the file writes its lists; the list is made where it is missing. */
export function appendEntry(file: YamlFile, list: string, members: Members): Parsed<string> {
  const eol = lineEndOf(file.text)
  const isOpen = file.text !== '' && !file.text.endsWith('\n')
  const whole = isOpen ? readYaml(file.text + eol, true) : parsed(withMarks(file))
  if (!whole.ok) return whole
  const splice = addition(whole.value, list, members)
  if (!splice.ok) return splice
  const added = applySplices(whole.value.text, [splice.value])
  const text = isOpen ? added.slice(0, -eol.length) : added
  const entry = Object.fromEntries(members)
  const says = saysNow(file, text, (value) => {
    const before = membersOf(value)[list]
    return { ...membersOf(value), [list]: [...(Array.isArray(before) ? (before as unknown[]) : []), entry] }
  })
  return says ? parsed(text) : fault(`no entry can be added to ${list} safely; write it yourself`)
}

function addition(file: YamlFile, name: string, members: Members): Parsed<Splice> {
  const { text } = file
  const root = file.documents[0]?.contents
  if (isAbsent(root)) return parsed(insertLines(text, text.length, [`${name}:`, ...linesFor(members)]))
  if (!isNodeMap(root)) return fault(`line ${lineOf(file, root)}: this is no map of keys`)
  const pair = membersNamed(root, name).at(-1)
  const list = pair?.value
  if (isSeq<Node>(list)) return parsed(list.flow === true ? inBrackets(list, members) : behind(text, list, members))
  if (pair !== undefined && !isAbsent(list)) return fault(`line ${lineOf(file, pair.key)}: ${name} is no list`)
  return inRoot(file, { root, pair, name, members })
}

interface NoList {
  readonly root: YAMLMap<Node, Node | null>
  /** Without a value, or null. */
  readonly pair: YamlPair | undefined
  readonly name: string
  readonly members: Members
}

function inRoot(file: YamlFile, { root, pair, name, members }: NoList): Parsed<Splice> {
  const { text } = file
  const [start, end] = boundsOf(pair?.value)
  // null, written out, has to go.
  if (end > start) return parsed({ start, end, text: `[${braces(members)}]` })
  if (root.flow === true && pair !== undefined)
    return fault(`line ${lineOf(file, pair.key)}: ${name} has no value; write ${name}: []`)
  if (root.flow === true) return parsed(lastInBraces(text, root, `${name}: [${braces(members)}]`))
  const lines = indented(linesFor(members), dashColumn(root.items, text))
  if (pair === undefined) return parsed(insertLines(text, nextLine(text, contentEnd(root)), [`${name}:`, ...lines]))
  return parsed(insertLines(text, nextLine(text, afterColon(pair)), lines))
}

/** As the last entry is written: in braces, or with as many blanks behind its dash. */
function behind(text: string, list: YAMLSeq<Node>, members: Members): Splice {
  const last = list.items.at(-1)
  const token = list.srcToken
  const dashes = (token?.type === 'block-seq' ? token.items : []).map(
    ({ start }) => start.find(({ type }) => type === 'seq-item-ind')?.offset,
  )
  // A comment at the end has an item of its own, without a dash.
  const dash = dashes.findLast((offset) => offset !== undefined)
  const at = nextLine(text, contentEnd(list))
  if (dash === undefined || !isNodeMap(last)) return insertLines(text, at, linesFor(members))
  const gap = ' '.repeat(Math.max(1, columnOf(text, last) - columnAt(text, dash) - 1))
  const lines = last.flow === true ? [`-${gap}${braces(members)}`] : linesFor(members, gap)
  return insertLines(text, at, indented(lines, columnAt(text, dash)))
}

function inBrackets(list: YAMLSeq<Node>, members: Members): Splice {
  const last = list.items.at(-1)
  const [start] = boundsOf(list)
  const at = last === undefined ? start + 1 : boundsOf(last)[1]
  return { start: at, end: at, text: `${last === undefined ? '' : ', '}${braces(members)}` }
}

function linesFor(members: Members, gap = ' '): readonly string[] {
  const column = ' '.repeat(gap.length + 1)
  return members.map(([name, text], nth) => `${nth === 0 ? `-${gap}` : column}${name}: ${valueOf(name, text)}`)
}

function braces(members: Members): string {
  return `{${members.map(([name, text]) => `${name}: ${text.includes(':') ? doubleQuoted(text) : valueOf(name, text)}`).join(', ')}}`
}

/** Names plainly, versions always in quotes. */
function valueOf(name: string, text: string): string {
  return name.toLowerCase().endsWith('name') ? plainName(text) : doubleQuoted(text)
}

/** Where the other lists of the file have their dashes. */
function dashColumn(pairs: readonly YamlPair[], text: string): number {
  const list = pairs.find(({ value }) => isSeq(value) && value.flow !== true && value.items.length > 0)
  return list === undefined ? 0 : columnAt(text, boundsOf(list.value)[0])
}

function columnAt(text: string, offset: number): number {
  return offset - lineStart(text, offset)
}
