import { fault, parsed, type Parsed } from '../result.ts'

/** A compiled glob; it matches a whole text. */
export interface Glob {
  readonly source: string
  matches(text: string): boolean
}

/** One code point, a test of one, or any run of them. */
type Step = number | ((codePoint: number) => boolean) | '*'
type Range = readonly [low: number, high: number]

const advice = 'write *, ?, [a-z], [^a-z] and \\ before a mark that is meant as it stands'

/**
 * Compiles a glob as Go's `path.Match` reads it, but that `/` is a character like any other: `*`, `?`, `[a-z]`, `[^a]`, `\`
 * escapes; no braces, `**` is `*`, `[!a]` is a class of `!` and `a`.
 */
export function parseGlob(text: string): Parsed<Glob> {
  if (text === '') return fault(`is empty: ${advice}`)
  const reader = createReader(text)
  const steps: Step[] = []
  while (!reader.atEnd()) {
    const step = nextStep(reader)
    if (step === 'malformed') return fault(`is no glob (as Go's path.Match reads it): ${advice}`)
    steps.push(step)
  }
  // Most tags that don't match differ from a literal ending, such as that of `*-debug`.
  const ending = endingOf(steps)
  return parsed({ source: text, matches: (candidate) => candidate.endsWith(ending) && matchSteps(steps, candidate) })
}

interface Reader {
  atEnd(): boolean
  /** The next code point as text, without taking it; '' at the end. */
  peek(): string
  /** Takes the next code point; '' at the end. */
  take(): string
}

function createReader(text: string): Reader {
  const characters = Array.from(text)
  let at = 0
  return {
    atEnd: () => at >= characters.length,
    peek: () => characters[at] ?? '',
    take: () => characters[at++] ?? '',
  }
}

function nextStep(reader: Reader): Step | 'malformed' {
  const character = reader.take()
  switch (character) {
    case '*':
      return '*'
    case '?':
      return () => true
    case '[':
      return classStep(reader)
    case '\\':
      return reader.atEnd() ? 'malformed' : codeOf(reader.take())
    default:
      return codeOf(character)
  }
}

function classStep(reader: Reader): Step | 'malformed' {
  const negated = reader.peek() === '^'
  if (negated) reader.take()
  const ranges: Range[] = []
  while (ranges.length === 0 || reader.peek() !== ']') {
    const range = nextRange(reader)
    if (range === undefined) return 'malformed'
    ranges.push(range)
  }
  reader.take()
  return (codePoint) => ranges.some(([low, high]) => low <= codePoint && codePoint <= high) !== negated
}

function nextRange(reader: Reader): Range | undefined {
  const low = member(reader)
  if (low === undefined || reader.peek() !== '-') return low === undefined ? undefined : [low, low]
  reader.take()
  const high = member(reader)
  return high === undefined ? undefined : [low, high]
}

/** `-` and `]` are members only when escaped. */
function member(reader: Reader): number | undefined {
  const character = reader.take()
  if (character === '-' || character === ']') return undefined
  const meant = character === '\\' ? reader.take() : character
  return meant === '' ? undefined : codeOf(meant)
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}

function endingOf(steps: readonly Step[]): string {
  const beforeEnding = steps.findLastIndex((step) => typeof step !== 'number')
  return steps
    .slice(beforeEnding + 1)
    .map((step) => (typeof step === 'number' ? String.fromCodePoint(step) : ''))
    .join('')
}

/** Only the last `*` ever has to give way, so the time is bounded by length of glob times length of text. */
function matchSteps(steps: readonly Step[], text: string): boolean {
  let step = 0
  let at = 0
  let afterStar = -1
  let starEnd = 0
  while (at < text.length || step < steps.length) {
    if (steps[step] === '*') {
      step += 1
      afterStar = step
      starEnd = at
      continue
    }
    if (at < text.length && fits(steps[step], codeAt(text, at))) {
      at += widthAt(text, at)
      step += 1
      continue
    }
    // With the text used up, a longer * would leave even less for the rest.
    if (afterStar < 0 || at >= text.length) return false
    starEnd += widthAt(text, starEnd)
    at = starEnd
    step = afterStar
  }
  return true
}

function fits(step: Step | undefined, codePoint: number): boolean {
  return typeof step === 'function' ? step(codePoint) : step === codePoint
}

function codeAt(text: string, at: number): number {
  return text.codePointAt(at) ?? 0
}

function widthAt(text: string, at: number): number {
  return codeAt(text, at) > 0xffff ? 2 : 1
}
