import { clipped } from '../core/choosing/evaluation-note.ts'

/** Somebody else's text made fit for a terminal: what is not to be seen, or turns the line around, is told by its number. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** The same for a column: at most 48 characters. */
export function cell(text: string): string {
  return clipped(printable(text))
}

/** Rows with their columns one below the other; the last column is as long as it is. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => lengthOf(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((text, column) => text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - lengthOf(text))))
      .join('  ')
      .trimEnd(),
  )
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
