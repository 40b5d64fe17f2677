import { RE2JS } from 're2js'

/** Compiles a pattern of `.gitattributes` (gitignore(5), "PATTERN FORMAT"), against which a path is held that is relative to its folder. */
export function pathPattern(pattern: string): (path: string) => boolean {
  // Attributes are those of files: what names a folder names none of them.
  if (pattern.endsWith('/')) return () => false
  const anchored = pattern.includes('/')
  const source = expressionOf(pattern.replace(/^\//, ''))
  if (source === undefined) return () => false
  try {
    const expression = RE2JS.compile(source, RE2JS.DOTALL)
    return (path) => expression.matches(anchored ? path : (path.split('/').at(-1) ?? ''))
  } catch {
    return () => false
  }
}

/** Undefined: a class is open, and the pattern matches nothing. */
function expressionOf(pattern: string): string | undefined {
  let expression = ''
  for (let at = 0; at < pattern.length;) {
    const part = partAt(pattern, at)
    if (part === undefined) return undefined
    expression += part.expression
    at = part.end
  }
  return expression
}

interface Part {
  readonly expression: string
  readonly end: number
}

function partAt(pattern: string, at: number): Part | undefined {
  const rest = pattern.slice(at)
  const beginsSegment = at === 0 || pattern[at - 1] === '/'
  if (beginsSegment && rest.startsWith('**/')) return { expression: '(?:.*/)?', end: at + 3 }
  if (rest === '/**') return { expression: '/.*', end: pattern.length }
  if (rest.startsWith('[')) return classAt(pattern, at)
  const [wild = ''] = /^(?:\*+|\?)/.exec(rest) ?? []
  if (wild !== '') return { expression: wild === '?' ? '[^/]' : '[^/]*', end: at + wild.length }
  const [character = ''] = /^\\?[^]/u.exec(rest) ?? []
  return { expression: RE2JS.quote(character.replace(/^\\(?=[^])/u, '')), end: at + character.length }
}

function classAt(pattern: string, at: number): Part | undefined {
  const end = classEnd(pattern, at)
  return end < 0 ? undefined : { expression: classOf(pattern.slice(at + 1, end)), end: end + 1 }
}

/** A bracket right at the begin belongs to the class. */
function classEnd(pattern: string, at: number): number {
  const [whole = ''] = wholeClass.exec(pattern.slice(at)) ?? []
  return whole === '' ? -1 : at + whole.length - 1
}

const wholeClass = /^\[[!^]?\]?(?:\[:[a-z]+:\]|[^\]])*\]/
/** What stands in a class by its name, and what else has to be escaped. */
const parts =
  /(\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\])|\\?([^\p{L}\p{N}-])/gu

function classOf(inside: string): string {
  const negated = /^[!^]/.test(inside)
  const members = (negated ? inside.slice(1) : inside).replaceAll(
    parts,
    (_, name: string | undefined, other: string) => name ?? `\\${other}`,
  )
  return negated ? `[^/${members}]` : `[${members}]`
}
