/** A text of somebody else cut to so many characters, which fit into the status. */
export function shortened(text: string, longest = 256): string {
  if (text.length <= longest) return text
  // Never between the halves of a character: what the API server makes of such a half would differ from what was sent.
  const characters = Array.from(text.slice(0, 2 * longest + 2))
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join('')}…`
}
