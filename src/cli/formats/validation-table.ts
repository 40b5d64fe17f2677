import type { CheckedFile } from '../check-file.ts'
import { faultLine, policyName } from '../check-policy.ts'
import { printable } from '../printable.ts'

/** What was found in the files, a line each, and the sums. */
export function validationTable(files: readonly CheckedFile[]): string {
  const lines = files.flatMap(linesOf)
  const policies = files.flatMap((file) => file.policies)
  const valid = policies.filter(({ faults }) => faults.length === 0).length
  const skipped = files.reduce((sum, file) => sum + file.skipped.length, 0)
  const errors = files.reduce((sum, file) => sum + file.errors.length, 0)
  const sums = [
    `${valid} valid`,
    `${policies.length - valid} not valid`,
    ...(errors === 0 ? [] : [`${errors} that could not be read`]),
    ...(skipped === 0 ? [] : [`${skipped} of another kind skipped`]),
  ]
  return [...lines, sums.join(', ')].join('\n')
}

function linesOf({ file, policies, skipped, errors }: CheckedFile): readonly string[] {
  const told = [
    ...errors.map(({ line, message }) => ({ line, text: `${file}:${line}: ${printable(message)}` })),
    ...policies.flatMap((policy) =>
      policy.faults.length === 0
        ? { line: policy.line, text: `${file}:${policy.line}: ${policyName(policy)}: valid` }
        : policy.faults.map((each) => ({ line: each.line, text: faultLine(file, policy, each) })),
    ),
    ...skipped.map(({ line, apiVersion, kind, name }) => ({
      line,
      text: `${file}:${line}: skipped: ${[apiVersion, kind, name].filter((word) => word !== '').join(' ')}`,
    })),
  ]
  if (told.length === 0) return [`${file}: holds nothing`]
  return told.toSorted((a, b) => a.line - b.line).map(({ text }) => text)
}
