/** A value as a trailer holds it: printable, and without a blank. */
export function encoded(value: string): string {
  return value.replace(/\p{Cs}/gu, '\uFFFD').replace(/[^!-$&-~]/gu, encodeURIComponent)
}

/** Undefined for what {@link encoded} never writes. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** The lines of a message's last paragraph: only there does git see trailers. */
export function lastParagraph(message: string): readonly string[] {
  const lines = message.trimEnd().split(/\r?\n/)
  return lines.slice(lines.findLastIndex((line) => line.trim() === '') + 1)
}
