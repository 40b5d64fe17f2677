// YAML 1.1 reads these words, in any case, as something else than text.
const words = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', 'nan', 'inf'])

/** A text as a YAML scalar that version 1.1 (as Go reads it) and 1.2 read as the same text: in double quotes. */
export function doubleQuoted(value: string): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped)
}

/** A text in the quotes that stood there before, or in none, as far as every YAML reads it as the same text; else in double quotes. */
export function quotedLike(value: string, style: string | undefined): string {
  if (style === 'PLAIN' && isPlain(value)) return value
  const fitsSingle = style === 'QUOTE_SINGLE' && !/[\p{Cc}\u2028\u2029\ufeff\ufffe\uffff]/u.test(value)
  return fitsSingle ? `'${value.replaceAll("'", "''")}'` : doubleQuoted(value)
}

/** A name such as `image.tag` plainly where every YAML reads it as text, else in double quotes. */
export function plainName(name: string): string {
  return isPlain(name) ? name : doubleQuoted(name)
}

// What begins with a letter is no number and no date.
function isPlain(text: string): boolean {
  return /^[A-Za-z](?:[A-Za-z0-9_./:@-]*[A-Za-z0-9_])?$/.test(text) && !words.has(text.toLowerCase())
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
