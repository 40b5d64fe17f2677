import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { lineNumber } from './splice.ts'
import { boundsOf } from './yaml-node.ts'

/** A YAML file of one or more documents, read so that each node's place in the text is known. */
export interface YamlFile {
  readonly text: string
  readonly documents: readonly Document<Node>[]
}

/** A key and its value in a map. */
export type YamlPair = Pair<Node, Node | null>

/** What `!!str` is in full. */
export const textTag = 'tag:yaml.org,2002:str'

/**
 * Reads a YAML file; the fault names the line. A key that stands twice is none here, for Helm and Kustomize read past it:
 * who would edit it objects.
 */
export function readYaml(text: string): Parsed<YamlFile> {
  const options = { keepSourceTokens: true, uniqueKeys: false, prettyErrors: false, logLevel: 'silent' } as const
  const documents: readonly Document<Node>[] = [...parseAllDocuments<Node>(text, options)]
  for (const { errors } of documents) {
    const [error] = errors
    if (error === undefined) continue
    const at = Math.min(error.pos[0], text.trimEnd().length)
    return fault(`line ${lineNumber(text, at)}: ${textOfError(error.code, text.slice(0, at + 2))}`)
  }
  return parsed({ text, documents })
}

function textOfError(code: string, before: string): string {
  if (before.includes('{{')) return 'this is no YAML: template braces ({{ … }}) stand in it'
  return code === 'TAB_AS_INDENT' ? 'a tab is used to indent' : 'this is not YAML'
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
