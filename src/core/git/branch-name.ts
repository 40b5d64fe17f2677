/** What git forbids in the name of a branch (git-check-ref-format), and what to do about it. */
const forbidden: readonly (readonly [RegExp, string])[] = [
  [
    /[\s~^:?*[\\\p{Cc}]/u,
    'has a character that no branch may have: blanks, control characters and ~ ^ : ? * [ \\ are out',
  ],
  [
    /^$|^[-/]|\/$|\/\/|\.$|\.\.|@\{|^@$/,
    'is no name of a branch: it may not begin with - or /, end with / or ., or hold //, .. or @{',
  ],
  [/(^|\/)\.|\.lock(\/|$)/, 'is no name of a branch: no part of it may begin with . or end with .lock'],
]

const longestName = 255

/** What is wrong with the short name of a branch, as the end of a sentence; undefined: git takes it. */
export function branchNameFault(name: string): string | undefined {
  if (name.length > longestName) return `is longer than ${longestName} characters`
  return forbidden.find(([pattern]) => pattern.test(name))?.[1]
}

/** Whether git would take this as the short name of a branch. */
export function isBranchName(name: string): boolean {
  return name !== 'HEAD' && branchNameFault(name) === undefined
}
