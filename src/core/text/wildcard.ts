/**
 * Whether a text matches a pattern in which `*` stands for any text and `?` for one character, and nothing else for anything.
 * It goes back to the last `*` only, so time grows with the product of both lengths at most.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let [at, star, retry] = [0, -1, 0]
  for (let position = 0; position < text.length;) {
    const wanted = pattern[at]
    if (wanted === '*') {
      star = at++
      retry = position
    } else if (wanted === '?' || wanted === text[position]) {
      at++
      position++
    } else if (star >= 0) {
      at = star + 1
      position = ++retry
    } else return false
  }
  return /^\**$/.test(pattern.slice(at))
}
