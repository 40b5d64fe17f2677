const longest = 200

/**
 * A git server's own text made fit for a status: on one line, printable, without user names and passwords in addresses
 * and without the ornaments of hooks, at most 200 characters.
 */
export function serverWords(text: string): string {
  const line = text
    // Terminal colours first: without their escape character the rest of them would look like text.
    .replaceAll(/\p{Cc}\[[0-9;]*[A-Za-z]/gu, '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/gu, ' ')
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, '$1')
    .replaceAll(/[=*-]{4,}/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 1).trimEnd()}…`
}
