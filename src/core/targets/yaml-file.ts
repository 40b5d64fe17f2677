import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type ErrorCode,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { withLinesJoined } from './joined-lines.ts'
import { lineNumber } from './splice.ts'
import { boundsOf, isAbsent } from './yaml-node.ts'

/** A YAML file of one or more documents, read so that each node's place in the text is known. */
export interface YamlFile {
  readonly text: string
  readonly documents: readonly Document<Node>[]
  /** Each mark (a colon, a dash) is known by its place, too: see {@link withMarks}. */
  readonly hasMarks: boolean
}

/** A key and its value in a map. */
export type YamlPair = Pair<Node, Node | null>

/** What `!!str` is in full. */
export const textTag = 'tag:yaml.org,2002:str'

/**
 * Reads a YAML file; the fault names the line. A key that stands twice is none here, for Helm and Kustomize read past it:
 * who would edit it objects. Nor is what they read though YAML forbids it; places are those in the text as it is.
 */
export function readYaml(text: string, hasMarks = false): Parsed<YamlFile> {
  if (last?.text === text && (last.hasMarks || !hasMarks)) return last.file
  last = undefined
  const file = readAnew(text, hasMarks)
  last = { text, hasMarks, file }
  return file
}

// Who looks at a file edits it next, and what an edit made is looked at and edited again: most of the time a large file takes is saved.
// Nobody changes what was read.
let last: { readonly text: string; readonly hasMarks: boolean; readonly file: Parsed<YamlFile> } | undefined

function readAnew(text: string, hasMarks: boolean): Parsed<YamlFile> {
  const strict = read(text, text, hasMarks)
  if (strict.ok) return strict
  const joined = withLinesJoined(text)
  const joinedFile = joined === text ? strict : read(joined, text, hasMarks)
  return joinedFile.ok ? joinedFile : strict
}

/**
 * The same file with the places of its marks, which only few edits need: with them a file takes three times the memory, 90 MB
 * for one of a megabyte.
 */
export function withMarks(file: YamlFile): YamlFile {
  const read = file.hasMarks ? parsed(file) : readYaml(file.text, true)
  return read.ok ? read.value : file
}

/** Reads a text in the place of a file's, in which everything stands where it stands in the file. */
function read(source: string, text: string, hasMarks: boolean): Parsed<YamlFile> {
  const options = { keepSourceTokens: hasMarks, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const
  const documents: readonly Document<Node>[] = [...parseAllDocuments<Node>(source, options)]
  for (const { errors } of documents) {
    const error = errors.find((each) => !isReadElsewhere(each, text))
    if (error === undefined) continue
    const at = Math.min(error.pos[0], text.trimEnd().length)
    return fault(`line ${lineNumber(text, at)}: ${textOfError(error.code, text.slice(0, at + 2))}`)
  }
  return parsed({ text, documents, hasMarks })
}

/** A comment right behind quotes or brackets, and an escaped quote that needs no escape, are read as they are meant. */
function isReadElsewhere({ code, pos: [at] }: YAMLParseError, text: string): boolean {
  if (code === 'MISSING_CHAR') return text[at] === '#' && /\S/.test(text[at - 1] ?? ' ')
  return code === 'BAD_DQ_ESCAPE' && text.startsWith("\\'", at)
}

function textOfError(code: ErrorCode, before: string): string {
  if (before.includes('{{')) return 'this is no YAML: template braces ({{ … }}) stand in it'
  if (code === 'TAB_AS_INDENT') return 'a tab is used to indent'
  if (/\r(?!\n)/.test(before)) return 'a line ends with a carriage return alone; write line feeds'
  const why = errorTexts[code]
  return why === undefined ? 'this is not YAML' : `this is not YAML: ${why}`
}

const errorTexts: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_DQ_ESCAPE: 'in double quotes a backslash is written twice',
  BAD_INDENT: 'the indentation fits nothing above it, or a bracket has no end',
  BAD_SCALAR_START: 'a text that begins so needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a text with a colon and a blank in it needs quotes, or what follows is indented too far',
  MISSING_CHAR: 'a quote, a bracket, a comma or a colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing, or the indentation fits nothing above it',
  UNEXPECTED_TOKEN: 'something stands here that fits nothing before it',
}

/** Whether more than one document says anything. */
export function hasManyDocuments({ documents }: YamlFile): boolean {
  return documents.filter(({ contents }) => !isAbsent(contents)).length > 1
}

/** The members of this name in a map, in their order; more than one where a key stands twice. */
export function membersNamed(map: YAMLMap<Node, Node | null>, name: string): readonly YamlPair[] {
  return map.items.filter(({ key }) => isScalar(key) && nameIn(key) === name)
}

/** The maps that a map takes over by `<<`, the first of them counting. */
export function mergedInto(map: YAMLMap<Node, Node | null>): readonly Node[] {
  const merges = map.items.filter(({ key }) => isScalar(key) && key.type === 'PLAIN' && key.source === '<<')
  return merges.flatMap(({ value }) => (isSeq<Node>(value) ? value.items : value === null ? [] : [value]))
}

/** Narrows a node to a map of nodes. */
export function isNodeMap(node: unknown): node is YAMLMap<Node, Node | null> {
  return isMap(node)
}

/** What an alias stands for, through as many aliases as there are; undefined: nothing. */
export function resolved(node: Node | null | undefined, document: Document<Node>): Node | undefined {
  return isAlias(node) ? node.resolve(document) : (node ?? undefined)
}

/** Which line a node begins in. */
export function lineOf({ text }: YamlFile, node: unknown): number {
  return lineNumber(text, boundsOf(node)[0])
}

/** A scalar as text: as it stands there when it stands without quotes, so that 1.10 is not taken for 1.1. */
export function scalarText(node: unknown): string {
  if (!isScalar(node) || node.value === null) return ''
  return typeof node.value === 'string' ? node.value : (node.source ?? '')
}

function nameIn(key: { source?: string; value: unknown }): string {
  return key.source ?? String(key.value)
}
