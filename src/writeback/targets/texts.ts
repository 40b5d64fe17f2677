import type { Files } from '../../core/edit.ts'
import type { FileAt } from '../../core/targets/winners.ts'
import { ReconcileError } from '../../errors.ts'
import type { FileText } from '../../git/file-text.ts'
import type { GitFile } from '../git-file.ts'
import type { Look } from '../git-target.ts'

/** Files as texts: what can't be read counts as absent, and who would write there is told why not. */
export function plainTexts(found: ReadonlyMap<string, FileText>): Files {
  return new Map([...found].map(([path, file]) => [path, file.kind === 'text' ? file.text : undefined]))
}

/** Throws where one of the files is there, but is none that is read: a link, a submodule, kept elsewhere, too large. */
export function throwIfRefused(found: ReadonlyMap<string, FileText>, path: string): void {
  const file = found.get(path)
  if (file?.kind === 'refused') throw new ReconcileError(file.reason, file.message, { retry: { kind: 'interval' } })
}

/** What may not be looked at can't be judged: that it wins is then for the person to know who named the file. */
export async function textIfReadable(file: GitFile, look: Look): Promise<FileAt> {
  const { path } = file
  try {
    const spot = await look.spot(file)
    return { path, text: plainTexts(await look.texts(spot, [path])).get(path) }
  } catch (error) {
    if (error instanceof ReconcileError) return { path, text: undefined }
    throw error
  }
}
