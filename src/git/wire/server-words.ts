const longest = 200
const mostRead = 4_096

/**
 * The beginning of a git server's text, up to a blank, so that no address is cut. It says enough, and what patterns take for it may grow
 * by the square of its length.
 */
export function beginningOf(text: string): string {
  if (text.length <= mostRead) return text
  const beginning = text.slice(0, mostRead)
  return beginning.slice(0, Math.max(beginning.lastIndexOf(' '), beginning.lastIndexOf('\n')))
}

/**
 * A git server's own text made fit for a status: on one line, printable, without user names and passwords in addresses
 * and without the ornaments of hooks, at most 200 characters.
 */
export function serverWords(text: string): string {
  const line = beginningOf(text)
    // Terminal colours first: without their escape character the rest of them would look like text.
    .replaceAll(/\p{Cc}\[[0-9;]*[A-Za-z]/gu, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/gu, ' ')
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1')
    .replaceAll(/[=*-]{4,}/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`
}
