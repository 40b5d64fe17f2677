/** A piece of a text to be replaced; offsets in UTF-16 units, `end` exclusive. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Replaces pieces that do not overlap; those that start at one place are kept in their order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = ''
  let at = 0
  for (const splice of splices.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, splice.start) + splice.text
    at = splice.end
  }
  return result + text.slice(at)
}

/** The line end that a text uses: that of its first line. */
export function lineEndOf(text: string): string {
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n'
}

/** Where the line begins in which an offset lies, behind a byte-order mark. */
export function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return text[start] === '\ufeff' && start < offset ? start + 1 : start
}

/** Where the next line begins after a piece that ends at `end` (which may already be the begin of a line). */
export function nextLine(text: string, end: number): number {
  if (text[end - 1] === '\n') return end
  const newline = text.indexOf('\n', end)
  return newline < 0 ? text.length : newline + 1
}

/** Which line an offset lies in, from 1. */
export function lineNumber(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

/** Inserts whole lines at the begin of a line; the line before it must have its line end. */
export function insertLines(text: string, at: number, lines: readonly string[]): Splice {
  const eol = lineEndOf(text)
  return { start: at, end: at, text: lines.map((line) => line + eol).join('') }
}
