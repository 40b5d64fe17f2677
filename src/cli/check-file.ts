import { checkPolicy, type CheckedPolicy } from './check-policy.ts'
import { readPolicyFile, type FileError, type SkippedObject } from './policy-file.ts'

/** A file with its policies checked. */
export interface CheckedFile {
  readonly file: string
  readonly policies: readonly CheckedPolicy[]
  readonly skipped: readonly SkippedObject[]
  readonly errors: readonly FileError[]
}

/** Checks what stands in a file; `file` is its name as people are told of it. */
export function checkFile(file: string, text: string): CheckedFile {
  const { policies, skipped, errors } = readPolicyFile(text)
  return { file, policies: policies.map(checkPolicy), skipped, errors }
}
