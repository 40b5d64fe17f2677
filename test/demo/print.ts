import { styleText } from 'node:util'

/** Colours for a terminal; plain text elsewhere and where NO_COLOR is set. */
export const paint = {
  bold: (text: string) => styleText('bold', text),
  dim: (text: string) => styleText('dim', text),
  good: (text: string) => styleText('green', text),
  bad: (text: string) => styleText('red', text),
  title: (text: string) => styleText(['bold', 'cyan'], text),
}

const widest = 100
const margin = '  '
/** Whether a line can be taken back. */
const isLive = process.stdout.isTTY && process.env['TERM'] !== 'dumb'
let isSilent = false
let endsBlank = true

/** Says nothing more: somebody has ended the story, and what it still does is not worth a word. */
export function silence(): void {
  clearLine()
  isSilent = true
}

/** How many characters a line may have, 100 at most. */
export function width(): number {
  return Math.min(widest, process.stdout.columns || widest)
}

/** Prints lines, each behind the margin; without any, an empty one. */
export function say(...lines: readonly string[]): void {
  clearLine()
  for (const line of lines.length === 0 ? [''] : lines) {
    write(line === '' ? '\n' : `${margin}${line}\n`)
    endsBlank = line === ''
  }
}

/** Prints the title of a part of the story, after an empty line. */
export function heading(number: number, title: string): void {
  if (!endsBlank) say()
  const rule = '─'.repeat(Math.max(0, width() - title.length - 4))
  write(`${paint.title(`${number}  ${title}`)} ${paint.dim(rule)}\n\n`)
}

/** Breaks text at blanks so that lines behind the margin, and `hanging` blanks from the second one on, fit the width. */
export function wrap(text: string, hanging = 0): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > width() - margin.length) {
      lines.push(line)
      line = ' '.repeat(hanging) + word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Rows with their cells below each other, two blanks apart; `styles` colour the columns. */
export function columns(
  rows: readonly (readonly string[])[],
  styles: readonly (((cell: string) => string) | undefined)[] = [],
): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (most, row) => row.map((cell, index) => Math.max(cell.length, most[index] ?? 0)),
    [],
  )
  const last = widths.length - 1
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const padded = index === last ? cell : cell.padEnd(widths[index] ?? 0)
        return styles[index]?.(padded) ?? padded
      })
      .join('  '),
  )
}

/** What a unified diff changes, in colour, with two lines around it and without what git says before and between. */
export function coloured(diff: string): readonly string[] {
  const lines = diff.split('\n').filter((line) => /^[-+ ]/.test(line) && !/^(---|\+\+\+) /.test(line))
  const isChange = (line: string): boolean => !line.startsWith(' ')
  return lines
    .filter((_, index) => lines.slice(Math.max(0, index - 2), index + 3).some(isChange))
    .map((line) => clip(short(line), 2))
    .map((line) => (line.startsWith('+') ? paint.good(line) : line.startsWith('-') ? paint.bad(line) : paint.dim(line)))
}

/** A text with digests and commits cut to the length at which people read them. */
export function short(text: string): string {
  return text
    .replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…')
    .replaceAll(/\b([0-9a-f]{7})[0-9a-f]{33}\b/g, '$1…')
}

/** A line cut to what fits behind the margin and `indent` more. */
function clip(line: string, indent = 0): string {
  const room = width() - margin.length - indent
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`
}

/** Seconds since a moment of `performance.now()`, as people say them. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}

/** Shows on a terminal what is being waited for, and since when, in a line that goes away. */
export async function during<T>(what: string, work: Promise<T>): Promise<T> {
  if (!isLive) return await work
  const start = performance.now()
  const show = (): void =>
    write(`\r\u001b[2K${margin}${paint.dim(clip(`${what} … ${seconds(performance.now() - start)}`))}`)
  show()
  const timer = setInterval(show, 100)
  try {
    return await work
  } finally {
    clearInterval(timer)
    clearLine()
  }
}

function write(text: string): void {
  if (!isSilent) process.stdout.write(text)
}

function clearLine(): void {
  if (isLive) write('\r\u001b[2K')
}
