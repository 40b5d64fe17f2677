import { isMap, type Node, type YAMLMap } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { stepsOf, type Step } from './key-steps.ts'
import { afterColon, indented } from './override-layout.ts'
import { applySplices, insertLines, lineEndOf, lineStart, nextLine, type Splice } from './splice.ts'
import type { KeyText } from './yaml-edit.ts'
import { hasManyDocuments, readYaml, withMarks, type YamlFile } from './yaml-file.ts'
import { findKey, type Missing } from './yaml-find.ts'
import { saysNow } from './yaml-says.ts'
import { boundsOf, contentEnd, memberEnd } from './yaml-node.ts'
import { doubleQuoted, plainName } from './yaml-scalar.ts'

/**
 * Adds a key that is missing, with the keys above it, behind what its map holds already, in the way in which that is
 * written. Nothing else changes, and the last line keeps having no line end.
 */
export function createKey(file: YamlFile, { key, text }: KeyText): Parsed<string> {
  if (hasManyDocuments(file))
    return fault(
      `there is no key ${key}, and in a file of several documents none is created; write it where it belongs`,
    )
  const eol = lineEndOf(file.text)
  const isOpen = file.text !== '' && !file.text.endsWith('\n')
  const whole = isOpen ? readYaml(file.text + eol, true) : parsed(withMarks(file))
  if (!whole.ok) return whole
  const steps = stepsOf(key)
  const found = findKey(whole.value, steps)
  if (found.kind !== 'missing') return fault(found.kind === 'wrong' ? found.fault : `${key} is there already`)
  if (found.objection !== undefined) return fault(found.objection)
  const rest = namesIn(steps.slice(found.depth))
  if (rest === undefined) return fault(`there is no key ${key}, and no entry of a list is created; write it yourself`)
  const created = applySplices(whole.value.text, [addition(whole.value, found, { names: rest, text })])
  const result = isOpen ? created.slice(0, -eol.length) : created
  return saysNow(file, result, (value) => withKey(value, steps, text))
    ? parsed(result)
    : fault(`there is no key ${key}, and it can’t be created here; write it yourself`)
}

interface Addition {
  readonly names: readonly string[]
  readonly text: string
}

function namesIn(steps: readonly Step[]): readonly string[] | undefined {
  const names = steps.filter((step) => typeof step === 'string')
  return names.length === steps.length ? names : undefined
}

function addition(file: YamlFile, { map, pair }: Missing, wanted: Addition): Splice {
  const { text } = file
  if (map !== undefined) return map.flow === true ? inBraces(text, map, wanted) : behind(file, map, wanted)
  if (pair === undefined) return insertLines(text, text.length, linesFor(wanted, 2))
  // `image:` with nothing behind it, or null.
  const [start, end] = boundsOf(pair.value)
  if (end > start) return { start, end, text: flowFor(wanted) }
  const column = columnOf(text, pair.key) + stepIn(file)
  return insertLines(text, nextLine(text, afterColon(pair)), indented(linesFor(wanted, stepIn(file)), column))
}

function behind(file: YamlFile, map: NonNullable<Missing['map']>, wanted: Addition): Splice {
  const { text } = file
  const column = columnOf(text, map.items[0]?.key)
  return insertLines(text, nextLine(text, contentEnd(map)), indented(linesFor(wanted, stepIn(file)), column))
}

function inBraces(text: string, map: NonNullable<Missing['map']>, wanted: Addition): Splice {
  return lastInBraces(text, map, flowFor(wanted).slice(1, -1))
}

/** Adds a member behind the last one of a map in braces. */
export function lastInBraces(text: string, map: YAMLMap<Node, Node | null>, member: string): Splice {
  const last = map.items.at(-1)
  const [start] = boundsOf(map)
  if (last === undefined) return { start: start + 1, end: start + 1, text: member }
  const end = memberEnd(text, last)
  return { start: end, end, text: `, ${member}` }
}

function linesFor({ names, text }: Addition, step: number): readonly string[] {
  return names.map((name, depth) => {
    const value = depth === names.length - 1 ? ` ${doubleQuoted(text)}` : ''
    return `${' '.repeat(depth * step)}${plainName(name)}:${value}`
  })
}

function flowFor({ names, text }: Addition): string {
  return names.reduceRight((inner, name) => `{${plainName(name)}: ${inner}}`, doubleQuoted(text))
}

/** The column in which something begins. */
export function columnOf(text: string, key: unknown): number {
  const [start] = boundsOf(key)
  return start - lineStart(text, start)
}

/** By how many columns the file indents: as its first map in a map does. */
function stepIn({ text, documents }: YamlFile): number {
  const root = documents[0]?.contents
  const inner = isMap<Node, Node | null>(root)
    ? root.items.find(({ value }) => isMap(value) && value.flow !== true)
    : undefined
  const [first] = isMap<Node, Node | null>(inner?.value) ? inner.value.items : []
  if (inner === undefined || first === undefined) return 2
  return Math.max(1, columnOf(text, first.key) - columnOf(text, inner.key))
}

function withKey(value: unknown, [step, ...rest]: readonly Step[], text: string): unknown {
  if (step === undefined) return text
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? withKey(item, rest, text) : item) as unknown)
  const members = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  return { ...members, [step]: withKey(members[step], rest, text) }
}
