import { isFields } from '../fields.ts'
import { faulty, found, nameOf, within, type Fault, type Field, type Read } from './fields.ts'
import { nearest } from './nearest.ts'

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
    if (!isFields(value)) return faulty(`must be an object, not ${nameOf(value)}`)
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

/** What was written at a path such as `constraints.version`; undefined: nothing, or `null`. */
export function memberAt(written: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const member = isFields(value) && Object.hasOwn(value, name) ? value[name] : undefined
    return member === null ? undefined : member
  }, written)
}

/** Without the members that have no value, for types whose members are absent rather than undefined. */
export function present<T extends object>(values: T): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const members = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as { readonly [Name in keyof T]?: Exclude<T[Name], undefined> }
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
