/** The one of `names` that `written` most likely means, by edit distance without regard to case; undefined: none is near. */
export function nearest(written: string, names: readonly string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(written.length / 3))
  const ranked = names
    .filter((name) => Math.abs(name.length - written.length) <= allowed)
    .map((name) => ({ name, distance: editDistance(written.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best !== undefined && best.distance <= allowed ? best.name : undefined
}

/** Levenshtein's distance, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1]
    for (const [column, other] of Array.from(to).entries()) {
      const [above = 0, before = 0, diagonal = 0] = [row[column + 1], next[column], row[column]]
      next.push(Math.min(above + 1, before + 1, diagonal + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row[to.length] ?? 0
}
