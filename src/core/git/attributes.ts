import { pathPattern } from './path-pattern.ts'

/** Where the file with attributes may stand that count for a path: in the root, and in each folder on the way. */
export function attributePaths(path: string): readonly string[] {
  const folders = path.split('/').slice(0, -1)
  return ['', ...folders.map((_, depth) => `${folders.slice(0, depth + 1).join('/')}/`)].map(
    (folder) => `${folder}${attributesName}`,
  )
}

/** The attributes of a path; those that are unset or unspecified are not there, those that are set are ''. */
export type Attributes = ReadonlyMap<string, string>

/** Tells the attributes of paths (gitattributes(5)) from the texts of the files that count for them, each of which is compiled once. */
export function attributesFrom(textAt: (file: string) => string | undefined): (path: string) => Attributes {
  const rules = new Map<string, readonly Rule[]>()
  // Only the root's file may define macros, and it is read before all others.
  const macros = new Map<string, readonly string[]>([['binary', ['-diff', '-merge', '-text']]])
  const rulesOf = (file: string): readonly Rule[] => {
    const known = rules.get(file) ?? compiled(textAt(file) ?? '', macros)
    rules.set(file, known)
    return known
  }
  return (path) => {
    const attributes = new Map<string, string>()
    for (const file of attributePaths(path)) {
      const inFolder = path.slice(file.length - attributesName.length)
      for (const { matches, words } of rulesOf(file)) if (matches(inFolder)) applyAll(words, attributes)
    }
    return attributes
  }
}

/**
 * Why a file with these attributes is not edited, as a sentence; undefined: it is. What git keeps of it is not what people see,
 * and only the programs of a clone turn one into the other.
 */
export function attributesFault(path: string, attributes: Attributes): string | undefined {
  const filter = attributes.get('filter')
  if (filter === 'lfs')
    return `${path} is kept in Git LFS (filter=lfs in .gitattributes), which is not edited; take it out by git lfs untrack, then add it again`
  if (filter !== undefined && encrypting.has(filter))
    return `${path} is encrypted (filter=${filter} in .gitattributes), which is not edited; keep what is updated in a file that is not`
  const encoding = attributes.get('working-tree-encoding') ?? ''
  if (encoding !== '' && !/^utf-?8$/i.test(encoding))
    return `${path} is turned into another encoding (working-tree-encoding in .gitattributes), which is not edited; keep it in UTF-8`
  return undefined
}

/** Whether git may turn line ends of a working copy into others when it keeps the file. */
export function mayTurnLineEnds(attributes: Attributes): boolean {
  return attributes.has('text') || attributes.has('eol')
}

const attributesName = '.gitattributes'
/** What git-crypt and transcrypt call themselves. */
const encrypting: ReadonlySet<string> = new Set(['git-crypt', 'crypt'])
const known: ReadonlySet<string> = new Set(['filter', 'working-tree-encoding', 'text', 'eol'])

interface Rule {
  readonly matches: (path: string) => boolean
  readonly words: readonly string[]
}

/** The rules about what is known here; others need not be tried. Macros that a text defines are added. */
function compiled(text: string, macros: Map<string, readonly string[]>): readonly Rule[] {
  // Git passes over a byte-order mark.
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line) => {
      const [, quoted, plain, rest = ''] = /^[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s"#]\S*))([^]*)$/.exec(line) ?? []
      const pattern = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain
      const words = rest.split(/[ \t\r]+/).flatMap((word) => (word === '' ? [] : spelledOut(word, macros)))
      const macro = /^\[attr\](.+)/.exec(pattern ?? '')?.[1]
      if (macro !== undefined) macros.set(macro, words)
      const isRule = pattern !== undefined && macro === undefined && !pattern.startsWith('!')
      return isRule && words.some((word) => known.has(nameOf(word))) ? [{ matches: pathPattern(pattern), words }] : []
    })
}

/** A macro that is set stands for its words. */
function spelledOut(word: string, macros: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return /^[-!]/.test(word) ? [word] : [...(macros.get(nameOf(word)) ?? []), word]
}

function applyAll(words: readonly string[], attributes: Map<string, string>): void {
  for (const word of words) {
    const name = nameOf(word)
    if (/^[-!]/.test(word)) attributes.delete(name)
    else attributes.set(name, word.slice(name.length + 1))
  }
}

function nameOf(word: string): string {
  return word.replace(/^[-!]/, '').replace(/=[^]*$/, '')
}
