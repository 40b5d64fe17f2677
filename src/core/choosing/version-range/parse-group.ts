import { fault, parsed, type Parsed } from '../../result.ts'
import { isPrerelease, parseVersion } from '../version.ts'
import type { Comparator, Operator } from './comparator.ts'

type Match = Readonly<RegExpExecArray>
type Comparators = Parsed<readonly Comparator[]>

// The marks of Masterminds/semver's grammar; blanks are ASCII's, as in Go.
const blanks = /^[ \t\n\f\r]+/
const comma = /^,[ \t\n\f\r]*/
const operatorMark = /^(!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)[ \t\n\f\r]*/
const versionMark =
  /^v?([0-9xX*]+)(?:\.([0-9xX*]+))?(?:\.([0-9xX*]+))?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?/
const hyphen = /^[ \t\n\f\r]+-[ \t\n\f\r]+/

const operators: Readonly<Record<string, Operator>> = {
  '': 'bare',
  '=': 'bare',
  '!=': '!=',
  '>': '>',
  '<': '<',
  '>=': '>=',
  '=>': '>=',
  '<=': '<=',
  '=<': '<=',
  '~': '~',
  '~>': '~',
  '^': '^',
}
const takesWildcard: readonly Operator[] = ['bare', '>=', '~']

/**
 * Parses what stands between `||`: comparators joined by blanks or commas. As in the library, `a - b` may stand at the
 * beginning, after a comma or after another such range, and nothing needs to separate it from what follows.
 */
export function parseGroup(text: string): Comparators {
  const reader = createReader(text)
  const comparators: Comparator[] = []
  reader.take(blanks)
  let mayBeRange = true
  for (;;) {
    const range: Comparators | undefined = mayBeRange ? takeRange(reader) : undefined
    const term = range ?? takeComparator(reader)
    if (term === undefined) return noConstraint(reader.rest())
    if (!term.ok) return term
    comparators.push(...term.value)
    const blank = reader.take(blanks) !== undefined
    mayBeRange = reader.take(comma) !== undefined
    if (reader.rest() === '' && !mayBeRange) return parsed(comparators)
    if (!blank && !mayBeRange && range === undefined) return noConstraint(reader.rest())
    mayBeRange ||= range !== undefined
  }
}

interface Reader {
  /** Takes what matches at the beginning of the rest; undefined: nothing does. */
  take(mark: RegExp): Match | undefined
  /** Takes all marks, one after the other, or nothing. */
  takeAll(marks: readonly RegExp[]): readonly Match[] | undefined
  rest(): string
}

function createReader(text: string): Reader {
  let rest = text
  const take = (mark: RegExp) => {
    const match = mark.exec(rest) ?? undefined
    rest = rest.slice(match?.[0].length ?? 0)
    return match
  }
  const takeAll = (marks: readonly RegExp[]) => {
    const before = rest
    const matches = marks.map(take).filter((match) => match !== undefined)
    if (matches.length === marks.length) return matches
    rest = before
    return undefined
  }
  return { take, takeAll, rest: () => rest }
}

function takeRange(reader: Reader): Comparators | undefined {
  const [low, , high] = reader.takeAll([versionMark, hyphen, versionMark]) ?? []
  if (low === undefined || high === undefined) return undefined
  const from = comparatorOf('>=', low, low[0])
  if (!from.ok) return from
  const to = comparatorOf('<=', high, `${low[0]} - ${high[0]}`)
  return to.ok ? parsed([from.value, to.value]) : to
}

function takeComparator(reader: Reader): Comparators | undefined {
  const [mark, version] = reader.takeAll([operatorMark, versionMark]) ?? []
  const operator = operators[mark?.[1] ?? '']
  if (mark === undefined || version === undefined || operator === undefined) return undefined
  const comparator = comparatorOf(operator, version, mark[0] + version[0])
  return comparator.ok ? parsed([comparator.value]) : comparator
}

/** `written` is for the fault. */
function comparatorOf(operator: Operator, version: Match, written: string): Parsed<Comparator> {
  const numbers = [version[1], version[2], version[3]]
  const wildcard = numbers.findIndex((number) => number === undefined || /^[xX*]$/.test(number))
  const parts = partsBefore(wildcard)
  const given = numbers.slice(0, parts)
  const bound = parseVersion([...given, '0', '0', '0'].slice(0, 3).join('.') + (version[4] ?? ''))
  if (bound === undefined)
    return fault(
      `has no version at "${written}": write numbers below 2^64 or wildcards, and no leading zeros in a prerelease`,
    )
  if (parts === 0 && !takesWildcard.includes(operator))
    return fault(`compares with a wildcard at "${written}": write * to admit any version`)
  if (operator === '!=' && parts < 3 && isPrerelease(bound))
    return fault(`excludes a prerelease of no certain version at "${written}": write !=1.2 or !=1.2.0-rc.1`)
  return parsed({ operator, bound, parts })
}

function partsBefore(wildcard: number): Comparator['parts'] {
  return wildcard === 0 || wildcard === 1 || wildcard === 2 ? wildcard : 3
}

function noConstraint(rest: string): Parsed<never> {
  const where = rest === '' ? 'its end' : `"${rest.slice(0, 40)}"`
  return fault(`is no version constraint at ${where}: write for example ^1.2, ~1.4, 1.x, ">=1.2, <2.0" or "^1 || ^2"`)
}
