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

/** An object as it was written, for rules that ask what stands in it. */
export type Written = Readonly<Record<string, unknown>>

/** A rule across the members of an object; `path` is where a person should look. */
export interface Rule {
  readonly path: string
  readonly message: string
  isBroken(written: Written): boolean
}

type Fields = Readonly<Record<string, Field<unknown>>>
type ValueOf<F> = F extends Field<infer T> ? T : never
type ValuesOf<F extends Fields, Required extends keyof F> = {
  readonly [Name in Required]: ValueOf<F[Name]>
} & { readonly [Name in Exclude<keyof F, Required>]?: ValueOf<F[Name]> | undefined }

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
    if (!isObject(value)) return faulty(`must be an object, not ${nameOf(value)}`)
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

/**
 * An object with the members in `fields` and no others; those in `required` must be there (the text says what to write).
 * `null` is an absent member, as it is to the API server. Rules look at what was written, faulty or not.
 */
export function object<F extends Fields, Required extends keyof F & string = never>(
  fields: F,
  options: { required?: Readonly<Record<Required, string>>; rules?: readonly Rule[] } = {},
): Field<ValuesOf<F, Required>> {
  const required = new Map(Object.entries<string>(options.required ?? {}))
  return (value) => {
    if (!isObject(value)) return faulty(`must be an object, not ${nameOf(value)}`)
    const reads = Object.entries(fields).map(([name, field]) => {
      const member = memberAt(value, name)
      return [name, member === undefined ? absent(required.get(name)) : field(member)] as const
    })
    const faults = [
      ...reads.flatMap(([name, read]) => within(`.${name}`, read.faults)),
      ...unknownMembers(value, Object.keys(fields)),
      ...(options.rules ?? []).filter((rule) => rule.isBroken(value)).map(faultOf),
    ]
    if (faults.length > 0) return { value: undefined, faults }
    return found(Object.fromEntries(reads.map(([name, read]) => [name, read.value])) as ValuesOf<F, Required>)
  }
}

/** What `field` reads, parsed further as a whole. */
export function refined<T, U>(field: Field<T>, parse: (value: T) => Parsed<U>): Field<U> {
  return (value) => {
    const read = field(value)
    return read.value === undefined ? { value: undefined, faults: read.faults } : readOf(parse(read.value))
  }
}

/** What was written at a path such as `constraints.version`; undefined: nothing, or `null`. */
export function memberAt(written: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const member = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
    return member === null ? undefined : member
  }, written)
}

/** Parses text that must match a pattern; the fault says what to write instead. */
export function matching(pattern: RegExp, otherwise: string): (text: string) => Parsed<string> {
  return (text) => (pattern.test(text) ? parsed(text) : fault(otherwise))
}

/** Without the members that have no value, for types whose members are absent rather than undefined. */
export function present<T extends object>(values: T): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const members = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as { readonly [Name in keyof T]?: Exclude<T[Name], undefined> }
}

/** The faults of a member, seen from what it is a member of. */
export function within(path: string, faults: readonly Fault[]): readonly Fault[] {
  return faults.map((each) => ({ path: path + each.path, message: each.message }))
}

/** Whether a value is an object, and no list. */
export function isObject(value: unknown): value is Written {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unknownMembers(value: Written, known: readonly string[]): readonly Fault[] {
  const names = Object.keys(value).filter((name) => !known.includes(name))
  return names.map((name) => {
    const meant = nearest(name, known)
    const hint = meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`
    return { path: `.${name}`, message: `unknown field: ${hint}` }
  })
}

function faultOf({ path, message }: Rule): Fault {
  return { path: path === '' ? '' : `.${path}`, message }
}

function absent(needed: string | undefined): Read<never> {
  return needed === undefined ? { value: undefined, faults: [] } : faulty(`is required: ${needed}`)
}

function found<T>(value: T): Read<T> {
  return { value, faults: [] }
}

function faulty(message: string): Read<never> {
  return { value: undefined, faults: [{ path: '', message }] }
}

/** What parsing came to, as what reading came to. */
export function readOf<T>(result: Parsed<T>): Read<T> {
  return result.ok ? found(result.value) : faulty(result.fault)
}

function nameOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function anyOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}
