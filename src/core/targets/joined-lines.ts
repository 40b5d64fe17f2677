import { CST, Lexer } from 'yaml'
import { lineStart } from './splice.ts'

const mostBreaks = 200

/**
 * A text of the same length in which brackets, braces and quotes that go on in a line of too little indentation stand in one
 * line. YAML wants them indented more than their key; the readers of Helm, Kustomize and Kubernetes take them as they come.
 * Where one has no end, or too many stand so, the text is returned as it is.
 */
export function withLinesJoined(text: string): string {
  let joined = text
  let from = 0
  for (let nth = 0; nth < mostBreaks; nth += 1) {
    const start = breakIn(joined, from)
    const end = start === undefined ? undefined : endOf(joined, start)
    if (start === undefined) return joined
    if (end === undefined) return text
    joined = joined.slice(0, start) + inOneLine(joined.slice(start, end)) + joined.slice(end)
    from = lineStart(joined, start)
  }
  return text
}

/** Where the first begins that is cut off by the indentation; `from` is where a line begins. */
function breakIn(text: string, from: number): number | undefined {
  let at = from
  let outermost = from
  let depth = 0
  let isScalar = false
  for (const lexeme of new Lexer().lex(text.slice(from))) {
    const type = isScalar ? 'scalar' : CST.tokenType(lexeme)
    isScalar = lexeme === CST.SCALAR
    if (type === 'flow-error-end') return outermost
    if (isCutOff(type, lexeme)) return depth > 0 ? outermost : at
    if (depth === 0) outermost = at
    depth = Math.max(0, depth + (steps[type ?? ''] ?? 0))
    at += isMark(lexeme) ? 0 : lexeme.length
  }
  return undefined
}

const steps: Readonly<Record<string, number>> = {
  'flow-map-start': 1,
  'flow-seq-start': 1,
  'flow-map-end': -1,
  'flow-seq-end': -1,
}

/** What the lexer says between the pieces of the text. */
function isMark(lexeme: string): boolean {
  return lexeme === CST.DOCUMENT || lexeme === CST.SCALAR || lexeme === CST.FLOW_END
}

function isCutOff(type: string | null, lexeme: string): boolean {
  if (type === 'double-quoted-scalar') return !/^"[^"\\]*(?:\\.[^"\\]*)*"$/s.test(lexeme)
  return type === 'single-quoted-scalar' && !/^'[^']*(?:''[^']*)*'$/.test(lexeme)
}

// Quotes begin a piece, or are part of a word; a colon before quotes or brackets is none of a word.
const piece = /"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*(?:''[^']*)*'|#[^\r\n]*|[[\]{}]|:(?=[\s"'[{])|[^\s,[\]{}]+|./gsy

/** Behind the closing quote, bracket or brace; undefined: there is none. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0
  let end = start
  for (const [found] of text.slice(start).matchAll(piece)) {
    end += found.length
    if (found === '[' || found === '{') depth += 1
    if (found === ']' || found === '}') depth -= 1
    if (depth === 0) return isWhole(text.slice(start, end)) ? end : undefined
  }
  return undefined
}

/** Not a lone quote, and without a line that begins or ends a document. */
function isWhole(source: string): boolean {
  return source.length > 1 && !/^(?:---|\.\.\.)(?:\s|$)/m.test(source)
}

/** Comments go, too: what is behind them is on their line now. */
function inOneLine(source: string): string {
  return source.replaceAll(piece, (found) =>
    found.startsWith('#') ? ' '.repeat(found.length) : found.replaceAll(/[\t\r\n]/g, ' '),
  )
}
