import { RE2JS } from 're2js'

interface Piece {
  readonly expression: string
  readonly next: number
}

/**
 * Whether a text matches a glob as Argo CD reads it in AppProjects (github.com/gobwas/glob): `*` stops at `separator`,
 * `**` does not; `?`, `[abc]`, `[a-z]`, `[!a-z]`, `{one,two}` and `\` to escape. A malformed glob matches nothing.
 */
export function matchesArgocdGlob(glob: string, text: string, separator = ''): boolean {
  if (!/[*?[\]{}\\]/.test(glob)) return glob === text
  const expression = translate(glob, separator)
  return expression !== undefined && RE2JS.compile(expression, RE2JS.DOTALL).matches(text)
}

function translate(glob: string, separator: string): string | undefined {
  let expression = ''
  let depth = 0
  for (let at = 0; at < glob.length;) {
    const piece = pieceAt(glob, at, { separator, depth })
    if (piece === undefined) return undefined
    if (glob[at] === '{') depth += 1
    if (glob[at] === '}') depth -= 1
    expression += piece.expression
    at = piece.next
  }
  return depth === 0 ? expression : undefined
}

function pieceAt(glob: string, at: number, within: { separator: string; depth: number }): Piece | undefined {
  const character = String.fromCodePoint(glob.codePointAt(at) ?? 0)
  const one = within.separator === '' ? '.' : `[^${RE2JS.quote(within.separator)}]`
  const next = at + character.length
  switch (character) {
    case '*':
      return glob[next] === '*' ? { expression: '.*', next: next + 1 } : { expression: `${one}*`, next }
    case '?':
      return { expression: one, next }
    case '[':
      return classAt(glob, next)
    case '\\':
      return escapedAt(glob, next)
    case '{':
      return { expression: '(?:', next }
    default:
      return within.depth > 0 && character in inBraces
        ? { expression: inBraces[character] ?? '', next }
        : literal(character, next)
  }
}

const inBraces: Readonly<Record<string, string>> = { ',': '|', '}': ')' }

function literal(character: string, next: number): Piece | undefined {
  return character === '}' ? undefined : { expression: RE2JS.quote(character), next }
}

function escapedAt(glob: string, at: number): Piece | undefined {
  const code = glob.codePointAt(at)
  if (code === undefined) return undefined
  const character = String.fromCodePoint(code)
  return { expression: RE2JS.quote(character), next: at + character.length }
}

/** A class is one range or a list, never both: `[a-z0-9]` is malformed there. */
function classAt(glob: string, at: number): Piece | undefined {
  const close = glob.indexOf(']', at)
  if (close < 0) return undefined
  const negated = glob[at] === '!'
  const members = glob.slice(negated ? at + 1 : at, close)
  const [low = '', dash, high, ...others] = members
  if (members === '' || members.includes('\\')) return undefined
  const not = negated ? '^' : ''
  if (dash !== '-') return { expression: `[${not}${Array.from(members, quotedMember).join('')}]`, next: close + 1 }
  if (high === undefined || others.length > 0 || high < low) return undefined
  return { expression: `[${not}${quotedMember(low)}-${quotedMember(high)}]`, next: close + 1 }
}

function quotedMember(character: string): string {
  return /[A-Za-z0-9]/.test(character) ? character : `\\x{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
