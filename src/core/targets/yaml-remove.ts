import type { YAMLMap, Node } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { keyOf, type Step } from './key-steps.ts'
import { applySplices, lineStart, nextLine, type Splice } from './splice.ts'
import { isNodeMap, lineOf, type YamlFile, type YamlPair } from './yaml-file.ts'
import { findKey } from './yaml-find.ts'
import { boundsOf, memberEnd, membersOf } from './yaml-node.ts'
import { saysNow } from './yaml-says.ts'

/** Takes a key with its scalar out of its map, and nothing else; one that is not there is no fault. */
export function removeKey(file: YamlFile, steps: readonly Step[]): Parsed<string> {
  const found = findKey(file, steps)
  if (found.kind === 'missing') return parsed(file.text)
  if (found.kind === 'wrong') return fault(found.fault)
  if (found.objection !== undefined) return fault(found.objection)
  const map = found.document.getIn(steps.slice(0, -1), true)
  const nth = isNodeMap(map) ? map.items.findIndex((pair) => pair === found.pair) : -1
  const pair = isNodeMap(map) ? map.items[nth] : undefined
  const splice = isNodeMap(map) && pair !== undefined ? removal(file.text, { map, nth, pair }) : undefined
  const text = splice === undefined ? undefined : applySplices(file.text, [splice])
  if (text !== undefined && saysNow(file, text, (value) => without(value, steps))) return parsed(text)
  return fault(`line ${lineOf(file, found.node)}: ${keyOf(steps)} can’t be taken out safely; do it yourself`)
}

interface Place {
  readonly map: YAMLMap<Node, Node | null>
  readonly nth: number
  readonly pair: YamlPair
}

/** Undefined: a comment would go with it. */
function removal(text: string, { map, nth, pair }: Place): Splice | undefined {
  const [start] = boundsOf(pair.key)
  const end = memberEnd(text, pair)
  const next = map.items[nth + 1]
  const before = map.items[nth - 1]
  if (map.flow !== true && nth > 0) return { start: lineStart(text, start), end: nextLine(text, end), text: '' }
  // Behind a dash, or a brace, what follows moves up.
  if (nth === 0 && next !== undefined) return upTo(text, boundsOf(next.key)[0], { start, end })
  if (map.flow === true && before !== undefined) return unlessCommented(text, { start: memberEnd(text, before), end })
  return undefined
}

/** The comment on its own line goes with it, as a whole line does; one about what follows stays, and nothing moves past it. */
function upTo(text: string, next: number, { start, end }: { start: number; end: number }): Splice | undefined {
  const lineEnd = Math.min(next, nextLine(text, end))
  return text.slice(lineEnd, next).includes('#') ? undefined : { start, end: next, text: '' }
}

function unlessCommented(text: string, { start, end }: { start: number; end: number }): Splice | undefined {
  return text.slice(start, end).includes('#') ? undefined : { start, end, text: '' }
}

function without(value: unknown, [step = '', ...rest]: readonly Step[]): unknown {
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === step ? without(item, rest) : item))
  const members = Object.entries(membersOf(value))
  return Object.fromEntries(
    members.flatMap(([name, member]) => {
      if (name !== step) return [[name, member]]
      return rest.length === 0 ? [] : [[name, without(member, rest)]]
    }),
  )
}
