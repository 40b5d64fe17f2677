import { fieldsIn, type FoundField, type Schema } from './schema-walk.ts'
import { wholeSpec } from './samples.ts'

/** A spec that breaks one keyword of the schema at one field. */
export interface Violation {
  readonly keyword: string
  readonly path: string
  readonly spec: unknown
}

/** One spec for each thing that a schema says of each field of `spec`, so that nothing it says goes untried. */
export function violationsOf(specSchema: Schema): readonly Violation[] {
  const broken = (path: string, value: unknown) =>
    withValue(stepsOf(path), value, { schema: specSchema, sample: wholeSpec })
  return fieldsIn(specSchema, 'spec').flatMap(({ path, schema }) => [
    ...wrongValues(schema).map(([keyword, value]) => ({ keyword, path, spec: broken(path, value) })),
    ...(schema.required ?? []).map((name) => {
      const member = `${path}.${name}`
      return { keyword: 'required', path: member, spec: broken(member, undefined) }
    }),
    ...(schema.properties === undefined
      ? []
      : [{ keyword: 'unknown', path: `${path}.unheardOf`, spec: broken(`${path}.unheardOf`, 'x') }]),
  ])
}

/** Specs that go as far as the schema lets them, so that a bound of the parser that is another one is seen. */
export function limitsOf(specSchema: Schema): readonly Violation[] {
  return fieldsIn(specSchema, 'spec').flatMap(({ path, schema }) =>
    valuesAtLimits(schema, sampleAt(path)).map(([keyword, value]) => ({
      keyword,
      path,
      spec: withValue(stepsOf(path), value, { schema: specSchema, sample: wholeSpec }),
    })),
  )
}

function valuesAtLimits(
  { maxLength, minimum, maximum, minItems, maxItems, maxProperties }: Schema,
  sample: unknown,
): readonly (readonly [keyword: string, value: unknown])[] {
  const [first] = Array.isArray(sample) ? (sample as readonly unknown[]) : []
  const rows: readonly (readonly [string, number | undefined, (limit: number) => unknown])[] = [
    ['maxLength', maxLength, (limit) => 'a'.repeat(limit)],
    ['minimum', minimum, (limit) => limit],
    ['maximum', maximum, (limit) => limit],
    ['minItems', minItems, (limit) => Array.from({ length: limit }, () => first)],
    ['maxItems', maxItems, (limit) => Array.from({ length: limit }, () => first)],
    ['maxProperties', maxProperties, labels],
  ]
  return rows.flatMap(([keyword, limit, value]) => (limit === undefined ? [] : [[keyword, value(limit)] as const]))
}

function labels(count: number): Readonly<Record<string, string>> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'x']))
}

function sampleAt(path: string): unknown {
  return stepsOf(path).reduce<unknown>(
    (value, step) => (value as Readonly<Record<string, unknown>> | undefined)?.[step],
    wholeSpec,
  )
}

function wrongValues(schema: Schema): readonly (readonly [keyword: string, value: unknown])[] {
  const { enum: words, pattern, minLength, maxLength, minimum, maximum, minItems, maxItems, maxProperties } = schema
  const isSource = schema['x-kubernetes-int-or-string'] === true
  const rows: readonly (readonly [string, unknown, unknown])[] = [
    ['type', schema.type ?? 'int-or-string', wrongType(schema)],
    ['enum', words, 'unheard-of'],
    ['pattern', pattern, isSource ? '1000' : ' '],
    ['minLength', minLength, ''],
    ['maxLength', maxLength, 'a'.repeat((maxLength ?? 0) + 1)],
    ['minimum', minimum, (minimum ?? 0) - 1],
    ['maximum', maximum, (maximum ?? 0) + 1],
    ['minItems', minItems, []],
    ['maxItems', maxItems, Array.from({ length: (maxItems ?? 0) + 1 }, () => anItem(schema.items))],
    ['maxProperties', maxProperties, labels((maxProperties ?? 0) + 1)],
  ]
  return rows.filter(([, said]) => said !== undefined).map(([keyword, , value]) => [keyword, value])
}

function wrongType({ type }: Schema): unknown {
  if (type === 'string') return 5
  return type === undefined ? true : 'wrong'
}

function anItem(schema: Schema | undefined): unknown {
  return schema?.type === 'object' ? {} : 'a'
}

function stepsOf(path: string): readonly string[] {
  return path.replaceAll('[0]', '.0').split('.').slice(1)
}

/** A spec with a value at the end of `steps`, and beside the way only what is required, taken from the sample. */
function withValue(
  [step, ...rest]: readonly string[],
  value: unknown,
  { schema, sample }: { schema: Schema | undefined; sample: unknown },
): unknown {
  if (step === undefined) return value
  const next = step === '0' ? schema?.items : schema?.properties?.[step]
  const members = sample as Readonly<Record<string, unknown>> | undefined
  const inner = withValue(rest, value, { schema: next, sample: members?.[step] })
  if (step === '0') return [inner]
  const required = (schema?.required ?? []).map((name) => [name, members?.[name]])
  return { ...(Object.fromEntries(required) as object), [step]: inner }
}

/** The members of a value as {@link fieldsIn} would name them, told by a value that has all of them. */
export function pathsIn(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return [path, ...pathsIn(value[0], `${path}[0]`)]
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([name, member]) => pathsIn(member, `${path}.${name}`))]
}

/** Fields by path, for comparing. */
export function pathsOf(fields: readonly FoundField[]): readonly string[] {
  return fields.map(({ path }) => path).toSorted()
}
