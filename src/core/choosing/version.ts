import semver from 'semver'

/** A whole number from 0 to 2^64-1: a `number` where that is exact, else a `bigint`. `<`, `>` and `===` compare such numbers exactly. */
export type Numeral = number | bigint

/** A parsed version. Build metadata has no precedence and is left out. */
export interface Version {
  readonly major: Numeral
  readonly minor: Numeral
  readonly patch: Numeral
  /** Empty for a release. */
  readonly prerelease: readonly string[]
}

const pattern =
  /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/
const zeroFirst = /^0[0-9]+$/
const longNumber = /^[0-9]{16,}$/
const largest = 2n ** 64n - 1n
const mostDigits = 20
/** Numbers of so many digits are exact. */
const mostExactDigits = 15
const digitZero = 0x30
const digitNine = 0x39
const dot = 0x2e
const release: readonly string[] = []

/**
 * Parses a version: one to three numbers after an optional `v`, a missing one is 0, leading zeros are tolerated; then
 * `-prerelease`, `+build` (SemVer 2). Undefined for everything else, and for numbers beyond 2^64-1, which Masterminds/semver refuses too.
 */
export function parseVersion(text: string): Version | undefined {
  return parsePlain(text) ?? parseAny(text)
}

/**
 * Reads what most tags are, one to three numbers of at most 15 digits each, without a match of the pattern: of a thousand repositories with a thousand tags
 * the matches alone are 160 MB of garbage. Undefined: the pattern decides.
 */
function parsePlain(text: string): Version | undefined {
  let [major, minor, patch] = [0, 0, 0]
  let dots = 0
  let digits = 0
  for (let at = text.startsWith('v') ? 1 : 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= digitZero && code <= digitNine && digits < mostExactDigits) {
      digits += 1
      if (dots === 0) major = major * 10 + code - digitZero
      else if (dots === 1) minor = minor * 10 + code - digitZero
      else patch = patch * 10 + code - digitZero
    } else if (code === dot && digits > 0 && dots < 2) {
      digits = 0
      dots += 1
    } else return undefined
  }
  return digits === 0 ? undefined : { major, minor, patch, prerelease: release }
}

function parseAny(text: string): Version | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const major = parseNumeral(match[1] ?? '')
  const minor = parseNumeral(match[2] ?? '0')
  const patch = parseNumeral(match[3] ?? '0')
  const prerelease = match[4]?.split('.') ?? release
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  if (prerelease !== release && prerelease.some((identifier) => zeroFirst.test(identifier))) return undefined
  return { major, minor, patch, prerelease }
}

/** Compares by SemVer 2's precedence; 0 for `1.0` and `v1.0.0+build`. */
export function compareVersions(a: Version, b: Version): number {
  if (a.major !== b.major) return a.major < b.major ? -1 : 1
  if (a.minor !== b.minor) return a.minor < b.minor ? -1 : 1
  if (a.patch !== b.patch) return a.patch < b.patch ? -1 : 1
  return comparePrereleases(a.prerelease, b.prerelease)
}

/** Whether the version is a prerelease. */
export function isPrerelease({ prerelease }: Version): boolean {
  return prerelease.length > 0
}

function parseNumeral(digits: string): Numeral | undefined {
  const number = Number(digits)
  if (Number.isSafeInteger(number)) return number
  // A number of thousands of digits would take long to convert.
  if (digits.replace(/^0+/, '').length > mostDigits) return undefined
  const exact = BigInt(digits)
  return exact <= largest ? exact : undefined
}

function comparePrereleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0)
  for (const [index, identifier] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    const order = compareIdentifiers(identifier, other)
    if (order !== 0) return order
  }
  return a.length < b.length ? -1 : 0
}

/** SemVer's order of identifiers; the library compares numbers as doubles, which is exact up to 15 digits. */
function compareIdentifiers(a: string, b: string): number {
  if (!isLongNumber(a) || !isLongNumber(b)) return semver.compareIdentifiers(a, b)
  if (a.length !== b.length) return a.length - b.length
  return a === b ? 0 : a < b ? -1 : 1
}

function isLongNumber(text: string): boolean {
  return longNumber.test(text)
}
