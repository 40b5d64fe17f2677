import type { FileEdit } from '../core/targets/file-edit.ts'
import type { FileWork } from '../core/targets/file-work.ts'
import type { TextEdit } from '../git/lanes/plan-commits.ts'

/** An edit as a lane takes it: with who makes it. */
export function textEdit(edit: FileEdit, work: FileWork): TextEdit {
  const { path, reads } = edit
  return { path, reads, apply: (files) => work.do(path, 'applyEdit', edit, files) }
}
