import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml'
import { group, kind, version } from '../api/v1alpha1.ts'
import { isFields, type Fields } from '../core/fields.ts'
import { quoted } from '../core/text/quoted.ts'
import { printable } from './printable.ts'

/** A kind of objects that is looked for in a file. */
export interface ObjectKind {
  readonly apiVersion: string
  readonly kind: string
}

/** The policies in a file. */
export const policyKind: ObjectKind = { apiVersion: `${group}/${version}`, kind }

/** One object of a file that says that it is of the kind that is looked for. */
export interface FoundObject {
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

/** What is wrong with a file before it is looked at object by object. */
export interface FileError {
  readonly line: number
  readonly message: string
}

/** What stands in a file. */
export interface ObjectFile {
  readonly objects: readonly FoundObject[]
  readonly skipped: readonly SkippedObject[]
  readonly errors: readonly FileError[]
}

interface Place {
  readonly document: Document.Parsed
  readonly lines: LineCounter
  /** Where in the document the object is. */
  readonly at: readonly (string | number)[]
}

/** Reads a file of YAML (or JSON) documents; of `List`s the items are taken. Objects are told by their kind, whatever their version. */
export function readObjects(text: string, wanted: ObjectKind): ObjectFile {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const file: Found = { wanted, objects: [], skipped: [], errors: [] }
  for (const document of Array.isArray(documents) ? documents : []) {
    const errors = toldErrors(document).map((error) => ({ line: lineAt(lines, error.pos[0]), message: wordsOf(error) }))
    file.errors.push(...errors)
    if (errors.length === 0) sortDocument(file, { document, lines, at: [] })
  }
  const { objects, skipped, errors } = file
  return { objects, skipped, errors }
}

interface Found {
  readonly wanted: ObjectKind
  readonly objects: FoundObject[]
  readonly skipped: SkippedObject[]
  readonly errors: FileError[]
}

/** A document may unfold to more than memory holds by aliases of aliases. */
function sortDocument(file: Found, place: Place): void {
  let value: unknown
  try {
    value = place.document.toJS({ maxAliasCount: 100 })
  } catch {
    const message = "its aliases can't be resolved: write out what they stand for"
    return void file.errors.push({ line: lineOf(place, ''), message })
  }
  if (value !== null && value !== undefined) sort(file, place, value)
}

function sort(file: Found, place: Place, object: unknown): void {
  const line = lineOf(place, '')
  if (!isFields(object)) return void file.errors.push({ line, message: 'is no object of Kubernetes' })
  const { items, kind: ownKind } = object
  const { apiVersion, kind: wanted } = file.wanted
  if (typeof ownKind !== 'string')
    file.errors.push({ line, message: `kind is required: write apiVersion: ${apiVersion} and kind: ${wanted}` })
  else if (ownKind === wanted) file.objects.push({ object, line, lineOf: (path) => lineOf(place, path) })
  else if (ownKind.endsWith('List') && Array.isArray(items))
    for (const [index, item] of items.entries()) sort(file, { ...place, at: [...place.at, 'items', index] }, item)
  else file.skipped.push({ line, ...identityOf(object) })
}

function identityOf(object: Fields): Omit<SkippedObject, 'line'> {
  const metadata = isFields(object['metadata']) ? object['metadata'] : {}
  const text = (value: unknown) => (typeof value === 'string' ? printable(value) : '')
  return { apiVersion: text(object['apiVersion']), kind: text(object['kind']), name: text(metadata['name']) }
}

/** After one fault of syntax the parser finds many more that are none. */
function toldErrors({ errors }: Document.Parsed): Document.Parsed['errors'] {
  return errors.filter(({ code }, index) => index === 0 || code === 'DUPLICATE_KEY')
}

function wordsOf({ code, message }: Document.Parsed['errors'][number]): string {
  return code === 'RESOURCE_EXHAUSTION' ? 'is nested too deeply to be read' : quoted(message)
}

/** Follows a path as far as it leads: what is missing is where that begins from which it is missing. */
function lineOf({ document, lines, at }: Place, path: string): number {
  let node: unknown = at.length === 0 ? document.contents : document.getIn(at, true)
  let offset = startOf(node) ?? 0
  let rest = path
  for (let step = stepInto(node, rest); step !== undefined; step = stepInto(node, rest)) {
    offset = step.offset ?? offset
    node = step.node
    rest = rest.slice(step.length).replace(/^\./, '')
  }
  return lineAt(lines, offset)
}

interface Step {
  readonly node: unknown
  readonly offset: number | undefined
  /** How much of the path it is. */
  readonly length: number
}

/** A key may hold the marks that part a path, so the path is held against the keys that are there. */
function stepInto(node: unknown, path: string): Step | undefined {
  if (isSeq(node)) {
    const [step = '', index] = /^\[(\d+)\]/.exec(path) ?? []
    const item = index === undefined ? undefined : node.items[Number(index)]
    return item === undefined ? undefined : { node: item, offset: startOf(item), length: step.length }
  }
  if (!isMap(node)) return undefined
  const fitting = node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : ''
    const isStep = name !== '' && path.startsWith(name) && /^($|[.[])/.test(path.slice(name.length))
    return isStep ? { node: value, offset: startOf(key), length: name.length } : []
  })
  return fitting.toSorted((a, b) => b.length - a.length)[0]
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0]
}

function lineAt(lines: LineCounter, offset: number): number {
  return Math.max(1, lines.linePos(offset).line)
}
