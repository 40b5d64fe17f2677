import { isFields } from '../fields.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import { nearest } from './nearest.ts'

/** What is wrong, and where: a path as in `spec.applications[0].source`. */
export interface Fault {
  readonly path: string
  readonly message: string
}

/** What reading came to: a value exactly when there is no fault. A path is relative to what was read, and empty for the whole of it. */
export interface Read<T> {
  readonly value: T | undefined
  readonly faults: readonly Fault[]
}

/** Reads one value of which nothing is known, and tells all its faults. */
export type Field<T> = (value: unknown) => Read<T>

/** Text of at most `longest` characters, and perhaps none. */
export function anyText(longest: number): Field<string> {
  return (value) => {
    if (typeof value === 'number') return faulty('must be text: put the number in quotes')
    if (typeof value !== 'string') return faulty(`must be text, not ${nameOf(value)}`)
    // The API server counts characters, not UTF-16 units.
    const isTooLong = value.length > longest && Array.from(value).length > longest
    return isTooLong ? faulty(`must have at most ${longest} characters`) : found(value)
  }
}

/** Text of 1 to `longest` characters, parsed further. */
export function text<T>(longest: number, parse: (text: string) => Parsed<T>): Field<T> {
  const field = refined(anyText(longest), parse)
  return (value) => (value === '' ? faulty('is empty: write a value, or take the field out') : field(value))
}

/** `true` or `false`. */
export const flag: Field<boolean> = (value) =>
  typeof value === 'boolean' ? found(value) : faulty(`must be true or false, not ${nameOf(value)}`)

/** One of a closed list of words. */
export function oneOf<T extends string>(words: readonly T[]): Field<T> {
  return (value) => {
    const word = words.find((each) => each === value)
    if (word !== undefined) return found(word)
    const meant = typeof value === 'string' ? nearest(value, words) : undefined
    return faulty(`must be ${anyOf(words)}${meant === undefined ? '' : `: did you mean ${meant}?`}`)
  }
}

/** A list of `least` (0 unless given) to `most` values. */
export function list<T>(field: Field<T>, { least = 0, most }: { least?: number; most: number }): Field<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return faulty(`must be a list, not ${nameOf(value)}`)
    if (value.length < least) return faulty(`must have at least ${least} ${least === 1 ? 'entry' : 'entries'}`)
    if (value.length > most) return faulty(`must have at most ${most} entries`)
    const reads = value.map(field)
    const faults = reads.flatMap((read, index) => within(`[${index}]`, read.faults))
    if (faults.length > 0) return { value: undefined, faults }
    return found(reads.flatMap((read) => (read.value === undefined ? [] : [read.value])))
  }
}

/** An object with any names and at most `most` members. */
export function mapOf<T>(field: Field<T>, most: number): Field<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isFields(value)) return faulty(`must be an object, not ${nameOf(value)}`)
    const entries = Object.entries(value)
    if (entries.length > most) return faulty(`must have at most ${most} members`)
    const reads = entries.map(([name, member]) => [name, field(member)] as const)
    const faults = reads.flatMap(([name, read]) => within(`.${name}`, read.faults))
    if (faults.length > 0) return { value: undefined, faults }
    return found(
      Object.fromEntries(reads.flatMap(([name, read]) => (read.value === undefined ? [] : [[name, read.value]]))),
    )
  }
}

/** What `field` reads, parsed further as a whole. */
export function refined<T, U>(field: Field<T>, parse: (value: T) => Parsed<U>): Field<U> {
  return (value) => {
    const read = field(value)
    return read.value === undefined ? { value: undefined, faults: read.faults } : readOf(parse(read.value))
  }
}

/** Parses text that must match a pattern; the fault says what to write instead. */
export function matching(pattern: RegExp, otherwise: string): (text: string) => Parsed<string> {
  return (text) => (pattern.test(text) ? parsed(text) : fault(otherwise))
}

/** The faults of a member, seen from what it is a member of. */
export function within(path: string, faults: readonly Fault[]): readonly Fault[] {
  return faults.map((each) => ({ path: path + each.path, message: each.message }))
}

/** A value without fault. */
export function found<T>(value: T): Read<T> {
  return { value, faults: [] }
}

/** A fault of the whole value. */
export function faulty(message: string): Read<never> {
  return { value: undefined, faults: [{ path: '', message }] }
}

/** What parsing came to, as what reading came to. */
export function readOf<T>(result: Parsed<T>): Read<T> {
  return result.ok ? found(result.value) : faulty(result.fault)
}

/** What a value is, in words for a fault. */
export function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function anyOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
