import { RE2JS, RE2JSSyntaxException } from 're2js'
import { fault, parsed, type Parsed } from '../result.ts'

/** A compiled regular expression over tags, in RE2's syntax and linear time; it is searched anywhere in a tag. */
export interface TagPattern {
  readonly source: string
  test(tag: string): boolean
  /** What the group captured; undefined where the tag does not match, or the group took no part or is empty. */
  extract(tag: string): string | undefined
}

/** Linear time is still long where an expression has grown by its repetitions: `(x{1000}){…}`. */
const mostInstructions = 1_000

/** Compiles `allowTags`. Its {@link TagPattern.extract} is the whole match. */
export function parseAllowPattern(text: string): Parsed<TagPattern> {
  const expression = compile(text)
  return expression.ok ? parsed(patternOf(expression.value, 0)) : expression
}

/** Compiles `extract`: the group named `version`, or else the only group, is what is compared. */
export function parseExtractPattern(text: string): Parsed<TagPattern> {
  const expression = compile(text)
  if (!expression.ok) return expression
  const groups = expression.value.groupCount()
  const named = Object.entries(expression.value.namedGroups()).find(([name]) => name === 'version')?.[1]
  if (named !== undefined) return parsed(patternOf(expression.value, named))
  if (groups === 1) return parsed(patternOf(expression.value, 1))
  const found = groups === 0 ? 'has no group' : `has ${groups} groups and none is named version`
  return fault(`${found}: put what is to be compared into (?P<version>…)`)
}

function compile(text: string): Parsed<RE2JS> {
  if (text === '') return fault('is empty: write a regular expression (RE2), or take it out')
  try {
    const expression = RE2JS.compile(text)
    if (expression.programSize() > mostInstructions)
      return fault('is too large: repeat less (each repetition counts as if it were written out)')
    return parsed(expression)
  } catch (error) {
    const what = error instanceof RE2JSSyntaxException ? `: ${described(error)}` : ''
    return fault(`is no regular expression (RE2)${what}`)
  }
}

function described(error: RE2JSSyntaxException): string {
  const what = error.getDescription()
  const where = error.getPattern()
  const lookAround = where !== null && /^\(\?<?[=!]/.test(where) ? ' (RE2 has no look-around)' : ''
  return where === null ? what : `${what}: ${where}${lookAround}`
}

function patternOf(expression: RE2JS, group: number): TagPattern {
  return {
    source: expression.pattern(),
    test: (tag) => expression.test(tag),
    extract: (tag) => {
      const matcher = expression.matcher(tag)
      const captured = matcher.find() ? matcher.group(group) : undefined
      return captured === null || captured === '' ? undefined : captured
    },
  }
}
