import { isMap, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { group, kind, version } from '../api/v1alpha1.ts'
import { isObject } from '../core/parse-policy/fields.ts'
import { quoted } from '../core/quoted.ts'
import { printable } from './printable.ts'

type Fields = Readonly<Record<string, unknown>>

/** One object of a file that says that it is a policy. */
export interface PolicyObject {
  readonly object: Fields
  /** The line on which it begins, from 1. */
  readonly line: number
  /** The line of what a path such as `spec.applications[0]` leads to, or of the nearest that is there. */
  readonly lineOf: (path: string) => number
}

/** An object of another kind. */
export interface SkippedObject {
  readonly line: number
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
}

/** What is wrong with a file before it is looked at as policies. */
export interface FileError {
  readonly line: number
  readonly message: string
}

/** What stands in a file. */
export interface PolicyFile {
  readonly policies: readonly PolicyObject[]
  readonly skipped: readonly SkippedObject[]
  readonly errors: readonly FileError[]
}

interface Place {
  readonly document: Document.Parsed
  readonly lines: LineCounter
  /** Where in the document the object is. */
  readonly at: readonly (string | number)[]
}

/** Reads a file of YAML (or JSON) documents; of `List`s the items are taken. Policies are told by their kind, whatever their version. */
export function readPolicyFile(text: string): PolicyFile {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })
  const file = { policies: [] as PolicyObject[], skipped: [] as SkippedObject[], errors: [] as FileError[] }
  for (const document of Array.isArray(documents) ? documents : []) {
    const errors = toldErrors(document).map(({ pos, message }) => ({
      line: lineAt(lines, pos[0]),
      message: quoted(message),
    }))
    file.errors.push(...errors)
    if (errors.length === 0) sort(file, { document, lines, at: [] })
  }
  return file
}

function sort(file: { policies: PolicyObject[]; skipped: SkippedObject[]; errors: FileError[] }, place: Place): void {
  const line = lineOf(place, [])
  const read = valueAt(place)
  if ('fault' in read) return void file.errors.push({ line, message: read.fault })
  const { value: object } = read
  if (object === null || object === undefined) return
  if (!isObject(object)) return void file.errors.push({ line, message: 'is no object of Kubernetes' })
  const { items } = object
  if (typeof object['kind'] === 'string' && object['kind'].endsWith('List') && Array.isArray(items))
    for (const index of items.keys()) sort(file, { ...place, at: [...place.at, 'items', index] })
  else if (object['kind'] === kind) {
    const here = (path: string) => lineOf(place, stepsOf(path))
    file.policies.push({ object, line, lineOf: here })
  } else if (typeof object['kind'] !== 'string')
    file.errors.push({ line, message: `kind is required: write apiVersion: ${group}/${version} and kind: ${kind}` })
  else file.skipped.push({ line, ...identityOf(object) })
}

function identityOf(object: Fields): Omit<SkippedObject, 'line'> {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {}
  const text = (value: unknown) => (typeof value === 'string' ? printable(value) : '')
  return { apiVersion: text(object['apiVersion']), kind: text(object['kind']), name: text(metadata['name']) }
}

/** After one fault of syntax the parser finds many more that are none. */
function toldErrors({ errors }: Document.Parsed): Document.Parsed['errors'] {
  return errors.filter(({ code }, index) => index === 0 || code === 'DUPLICATE_KEY')
}

/** A document may unfold to more than memory holds by aliases of aliases. */
function valueAt({ document, at }: Place): { value: unknown } | { fault: string } {
  try {
    const whole: unknown = document.toJS({ maxAliasCount: 100 })
    return { value: at.reduce<unknown>((value, step) => (value as Record<string | number, unknown>)[step], whole) }
  } catch {
    return { fault: "its aliases can't be resolved: write out what they stand for" }
  }
}

/** A missing value is where what it is missing from begins: at the key of it. */
function lineOf({ document, lines, at }: Place, path: readonly (string | number)[]): number {
  const steps = [...at, ...path]
  for (let length = steps.length; length > at.length; length -= 1) {
    const parent: unknown = document.getIn(steps.slice(0, length - 1), true)
    const step = steps[length - 1]
    const pair = isMap<{ value?: unknown; range?: readonly number[] }>(parent)
      ? parent.items.find(({ key }) => key.value === step)
      : undefined
    const start = pair?.key.range?.[0] ?? startOf(document.getIn(steps.slice(0, length), true))
    if (start !== undefined) return lineAt(lines, start)
  }
  return lineAt(lines, startOf(at.length === 0 ? document.contents : document.getIn(at, true)) ?? 0)
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0]
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line)
}

function stepsOf(path: string): readonly (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? (name ?? '') : Number(index),
  )
}
