import { isMap, isScalar, isSeq, parseDocument, visit, type Document, type Node, type Pair, type YAMLMap } from 'yaml'
import { fault, parsed, type Parsed } from '../result.ts'
import { imageEntry, type ListEntry } from './entries.ts'
import type { Tool } from './source.ts'
import { lineNumber, lineStart, nextLine } from './splice.ts'
import { boundsOf, isAbsent, membersOf, pairIn } from './yaml-node.ts'

/** Where an entry was carried over from: the Application's spec, or the folder-wide `.argocd-source.yaml`. */
export type Origin = 'application' | 'folder'

/** What marks a carried entry, at the end of its first line. */
export const markers: Readonly<Record<Origin, string>> = {
  application: '# from the Application',
  folder: '# from .argocd-source.yaml',
}

/** An entry as it stands in an override file. */
export interface FileEntry extends ListEntry {
  readonly origin: Origin | undefined
  readonly node: Node
  /** In a list of lines: offset of the entry's `-`. */
  readonly dash: number | undefined
}

/** An override file (`.argocd-source….yaml`), with everything found that an edit has to touch. */
export interface OverrideDocument {
  readonly text: string
  readonly tool: Tool
  /** Undefined: nothing but comments. */
  readonly root: YAMLMap | undefined
  readonly section: Pair<Node, Node | null> | undefined
  readonly list: Pair<Node, Node | null> | undefined
  readonly entries: readonly FileEntry[]
  /** The whole file as a plain value, and the list in it; made anew by each call. */
  toValue(): Readonly<Record<string, unknown>>
}

/** The member of a tool's section that holds its list. */
export const listNames: Readonly<Record<Tool, string>> = { helm: 'parameters', kustomize: 'images' }
const sections = ['helm', 'kustomize', 'directory', 'plugin']
const toolTitles: Readonly<Record<Tool, string>> = { helm: 'Helm', kustomize: 'Kustomize' }

/** Reads an override file for a source of this tool. The fault names the line and says what Argo CD could not read either. */
export function parseOverride(text: string, tool: Tool): Parsed<OverrideDocument> {
  const document = parseDocument<Node>(text, { keepSourceTokens: true, prettyErrors: false, logLevel: 'error' })
  const wrong = wrongYaml(document) ?? wrongShape(document.contents, tool)
  if (wrong !== undefined) {
    const line = lineNumber(text, Math.min(wrong.offset, text.trimEnd().length))
    return fault(`line ${line}: ${wrong.what}`)
  }
  const root = isMap(document.contents) ? document.contents : undefined
  const section = pairIn(root, tool)
  const found = { text, tool, root, section, list: pairIn(section?.value, listNames[tool]) }
  return parsed({ ...found, entries: readEntries(found, document), toValue: () => membersOf(document.toJS()) })
}

interface Wrong {
  readonly offset: number
  readonly what: string
}

function wrongYaml(document: Document<Node>): Wrong | undefined {
  const [error] = document.errors
  if (error !== undefined) return { offset: error.pos[0], what: errorTexts[error.code] ?? 'this is not YAML' }
  let unresolved: Node | undefined
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return undefined
      unresolved = alias
      return visit.BREAK
    },
  })
  if (unresolved !== undefined) return { offset: boundsOf(unresolved)[0], what: 'an alias (*name) stands for nothing' }
  try {
    document.toJS()
    return undefined
  } catch {
    return { offset: 0, what: 'aliases (*name) stand for too much' }
  }
}

function wrongShape(contents: Node | null, tool: Tool): Wrong | undefined {
  if (contents === null) return undefined
  if (!isMap(contents)) return { offset: boundsOf(contents)[0], what: 'this is no map of keys' }
  const other = contents.items.find((pair) => isOtherSection(pair, tool))
  if (other !== undefined) {
    const what = `the file sets ${nameOf(other)}, but the source’s type is ${toolTitles[tool]}`
    return { offset: boundsOf(other.key)[0], what }
  }
  const section = pairIn(contents, tool)?.value
  if (!isAbsent(section) && !isMap(section)) return { offset: boundsOf(section)[0], what: `${tool} is no map` }
  const list = pairIn(section, listNames[tool])?.value
  return isAbsent(list) || isSeq(list)
    ? undefined
    : { offset: boundsOf(list)[0], what: `${listNames[tool]} is no list` }
}

const errorTexts: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key stands twice in one map',
  MULTIPLE_DOCS: 'a second document begins; Argo CD reads only one',
  TAB_AS_INDENT: 'a tab is used to indent',
}

function nameOf({ key }: Pair<unknown, unknown>): string {
  return isScalar(key) ? String(key.value) : ''
}

function isOtherSection(pair: Pair<unknown, unknown>, tool: Tool): boolean {
  const name = nameOf(pair)
  return name !== tool && sections.includes(name) && !isAbsent(pair.value)
}

function readEntries(
  { text, tool, list }: Pick<OverrideDocument, 'text' | 'tool' | 'list'>,
  document: Document,
): readonly FileEntry[] {
  const seq = list?.value
  if (!isSeq<Node>(seq)) return []
  const token = seq.srcToken
  const dashes = token?.type === 'block-seq' ? token.items.map(({ start }) => dashIn(start)) : []
  return seq.items.map((node, index) => {
    const dash = dashes[index]
    const origin = dash === undefined ? undefined : originAt(text, dash)
    return { ...readEntry(node.toJS(document), tool), origin, node, dash }
  })
}

function dashIn(start: readonly { readonly type: string; readonly offset: number }[]): number | undefined {
  return start.find(({ type }) => type === 'seq-item-ind')?.offset
}

/** The marker on an entry's first line, with the blanks before it. */
export const markerPattern = /[ \t]+# ?(?:from (the Application|\.argocd-source\.yaml))[ \t]*(?=\r?\n?$)/

function originAt(text: string, dash: number): Origin | undefined {
  const [, from] = markerPattern.exec(text.slice(lineStart(text, dash), nextLine(text, dash + 1))) ?? []
  if (from === undefined) return undefined
  return from === 'the Application' ? 'application' : 'folder'
}

/** An entry of a parsed file's list; one that Argo CD could not read has no name. */
function readEntry(value: unknown, tool: Tool): ListEntry {
  if (tool === 'kustomize') return imageEntry(typeof value === 'string' ? value : '')
  const members = membersOf(value)
  const { name, value: text } = members
  // Argo CD decodes it without regard to case.
  const forced = Object.entries(members).find(([key]) => key.toLowerCase() === 'forcestring')
  return {
    name: typeof name === 'string' ? name : '',
    value: typeof text === 'string' ? text : '',
    forceString: forced?.[1] === true,
  }
}
