// YAML 1.1 reads these words, in any case, as something else than text.
const words = new Set([
  '',
  '~',
  'y',
  'n',
  'yes',
  'no',
  'on',
  'off',
  'true',
  'false',
  'null',
  '.nan',
  'nan',
  'inf',
  '=',
  '<<',
])

// What some YAML reads as a number or a time: with a sign, a base, an exponent, underscores, in sixties, or as a date.
const otherwiseRead: readonly { test(text: string): boolean }[] = [
  /^[-+]?[0-9_]*\.?[0-9_]*(?:[eE][-+]?[0-9_]+)?$/,
  /^[-+]?0[xXoObB][0-9A-Fa-f_]*$/,
  /^[-+]?[0-9_]+(?::[0-9_]+)+(?:\.[0-9_]*)?$/,
  /^[-+]?\.inf$/i,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:$|[Tt\s])/,
]

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

/** Whether what stands without quotes is text to every YAML: `1.5.0` is, `1.50` and `on` are not. */
export function isTextUnquoted(source: string): boolean {
  return !words.has(source.toLowerCase()) && !otherwiseRead.some((pattern) => pattern.test(source))
}

function isPlain(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9_./:@+-]*[A-Za-z0-9_])?$/.test(text) && isTextUnquoted(text)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
