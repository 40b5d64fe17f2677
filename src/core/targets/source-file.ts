import type { Application, ApplicationSource } from '../applications/application.ts'
import { fault, parsed, type Parsed } from '../result.ts'

/** A file or folder of a git repository, by the source that stands for repository and revision. */
export interface SourceFile {
  readonly holder: ApplicationSource
  /** From the repository's root, without a slash at either end; empty: the root itself. */
  readonly path: string
}

/**
 * What a path means to a source, as Argo CD reads `helm.valueFiles`: relative to the source's folder, with a leading slash
 * from the repository's root, with `$name/` from the root of the source whose `ref` is that name.
 */
export function sourceFile(text: string, source: ApplicationSource, application: Application): Parsed<SourceFile> {
  const wrong = wrongPath(text)
  if (wrong !== undefined) return fault(`the path ${text} ${wrong}`)
  const [, ref, rest = ''] = /^\$([^/]+)\/(.*)$/s.exec(text) ?? []
  if (ref !== undefined) {
    const holder = application.sources.find((each) => each.ref === ref)
    return holder === undefined
      ? fault(`the path ${text} names no source: none has ref ${ref}`)
      : within(text, rest, holder)
  }
  if ((source.chart ?? '') !== '')
    return fault(
      `${text} stands in a chart from a Helm repository, where nothing can be written; name a file in git by $<ref>/…`,
    )
  return within(text, text.startsWith('/') ? text : `${source.path ?? ''}/${text}`, source)
}

function within(text: string, path: string, holder: ApplicationSource): Parsed<SourceFile> {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.pop() === undefined) return fault(`the path ${text} leaves the repository`)
  }
  return parsed({ holder, path: kept.join('/') })
}

/** What no path may have, however it is meant; undefined: nothing. */
function wrongPath(text: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return 'is an address, and no file of a git repository'
  if (/[\p{Cc}\\]/u.test(text)) return 'contains a control character or a backslash'
  if (/%(?:2e|2f|5c|00)/i.test(text)) return 'is percent-encoded, which is not decoded; write it plainly'
  return undefined
}
