import type { Files } from '../../core/targets/edit.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { FileText } from '../../git/file-text.ts'

/** Files as texts: what can't be read counts as absent, and who would write there is told why not. */
export function plainTexts(found: ReadonlyMap<string, FileText>): Files {
  return new Map([...found].map(([path, file]) => [path, file.kind === 'text' ? file.text : undefined]))
}

/** Throws where one of the files is there, but is none that is read: a link, a submodule, kept elsewhere, too large. */
export function throwIfRefused(found: ReadonlyMap<string, FileText>, path: string): void {
  const file = found.get(path)
  if (file?.kind === 'refused') throw new ReconcileError(file.reason, file.message, { retry: atInterval })
}
