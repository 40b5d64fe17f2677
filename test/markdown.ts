import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The project's own folder. */
export const root = join(import.meta.dirname, '..')

/** The text of a file of the project. */
export async function textOf(path: string): Promise<string> {
  return await readFile(join(root, path), 'utf8')
}

/** The rows of a document's tables below a heading (of any level, until one of the same or a higher level; all of them without one), header and rule left out; each cell as it is written. */
export function tableRows(markdown: string, heading?: string): readonly (readonly string[])[] {
  const lines = heading === undefined ? markdown.split('\n') : sectionOf(markdown.split('\n'), heading)
  return lines.flatMap((line, index) => {
    if (!line.startsWith('|') || isRule(line) || isRule(lines[index + 1] ?? '')) return []
    return [cellsOf(line)]
  })
}

/** What stands in a cell between backticks, in their order. */
export function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** The blocks of code in a language. */
export function codeBlocks(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, name, code = '']) =>
    name === language ? [code] : [],
  )
}

/** The targets of links that lead into the project. */
export function linksIn(markdown: string): readonly string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((link) => !link.includes('://'))
}

/** The anchors that a document's headings have (as GitHub makes them). */
export function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

function sectionOf(lines: readonly string[], heading: string): readonly string[] {
  const start = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading)
  if (start < 0) throw new Error(`there is no heading ${JSON.stringify(heading)}`)
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1
  const rest = lines.slice(start + 1)
  const end = rest.findIndex((line) => new RegExp(`^#{1,${level}} `).test(line))
  return end < 0 ? rest : rest.slice(0, end)
}

function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line)
}

function cellsOf(line: string): readonly string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
}
