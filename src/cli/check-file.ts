import { checkPolicy, type CheckedPolicy } from './check-policy.ts'
import { policyKind, readObjects, type FileError, type SkippedObject } from './object-file.ts'

/** A file with its policies checked. */
export interface CheckedFile {
  readonly file: string
  readonly policies: readonly CheckedPolicy[]
  readonly skipped: readonly SkippedObject[]
  readonly errors: readonly FileError[]
}

/** Checks what stands in a file; `file` is its name as people are told of it. */
export function checkFile(file: string, text: string): CheckedFile {
  const { objects, skipped, errors } = readObjects(text, policyKind)
  return { file, policies: objects.map(checkPolicy), skipped, errors }
}
