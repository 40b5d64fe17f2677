import { formatPatch, FILE_HEADERS_ONLY, structuredPatch } from 'diff'
import type { PatchOperation } from '../../core/targets/application-patch.ts'

/** A file that would be written; `before` is null where there is none yet. */
export interface ChangedFile {
  readonly path: string
  readonly before: string | null
  readonly after: string
}

/** A unified diff as git prints and applies it, without the last line end. */
export function unifiedDiff(files: readonly ChangedFile[]): string {
  return files.map(fileDiff).join('\n')
}

function fileDiff({ path, before, after }: ChangedFile): string {
  const [old, now] = [`a/${path}`, `b/${path}`]
  const from = before === null ? '/dev/null' : old
  const patch = formatPatch(structuredPatch(from, now, before ?? '', after), FILE_HEADERS_ONLY)
  const [oldName = '', newName = '', ...lines] = patch.replace(/\n$/, '').split('\n')
  const names = patch.trimEnd() === '' ? [] : [oldName, newName].map(endedByTab)
  const mode = before === null ? ['new file mode 100644'] : []
  return [`diff --git ${old} ${now}`, ...mode, ...names, ...lines].join('\n')
}

/** As git does: where a name has a blank in it, a tab tells `patch` where it ends. */
function endedByTab(line: string): string {
  return line.indexOf(' ') === line.lastIndexOf(' ') ? line : `${line}\t`
}

/** A JSON Patch (RFC 6902), an operation a line. */
export function jsonPatch(operations: readonly PatchOperation[]): string {
  return ['[', operations.map((each) => `  ${JSON.stringify(each)}`).join(',\n'), ']'].join('\n')
}
