import { sameGitUrl } from '../../core/git/git-url.ts'
import type { Parsed } from '../../core/result.ts'
import { sourceFile, type SourceFile } from '../../core/targets/source-file.ts'
import type { GitFile } from '../git-file.ts'
import type { LinkedTarget } from '../place.ts'
import { renderedPath } from './rendered-path.ts'

/**
 * What `writeBack.git.path` leads to, or the source's own folder where the policy has none: in the repository that the policy
 * names, else in the source's.
 */
export function pathFile(linked: LinkedTarget): Parsed<SourceFile> {
  const { chosen, application, spec } = linked
  const { repository } = spec.writeBack.git ?? {}
  const { source } = chosen
  const isElsewhere = repository !== undefined && !sameGitUrl(repository, source.repoURL)
  const path = renderedPath(linked)
  return path.ok
    ? sourceFile(path.value ?? '.', isElsewhere ? { ...source, repoURL: repository } : source, application)
    : path
}

/** A file as git is asked for it: on the policy's branch, else on the one that the holder's source follows. */
export function gitFileOf({ spec }: LinkedTarget, { holder, path }: SourceFile): GitFile {
  return { repository: holder.repoURL, revision: spec.writeBack.git?.branch ?? holder.targetRevision, path }
}
