import { sameGitUrl } from '../../core/git/git-url.ts'
import { overridePlace } from '../../core/targets/override-place.ts'
import type { SourceFile } from '../../core/targets/source-file.ts'
import type { FileAt } from '../../core/targets/winners.ts'
import { ReconcileError } from '../../errors.ts'
import type { GitFile } from '../git-file.ts'
import type { Look } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { plainTexts } from './texts.ts'

/**
 * Reads a file that may win over the one that is written to. What may not be looked at can't be judged: that it wins is
 * then for the person to know who named the file.
 */
export async function readBeside(
  { spec }: LinkedTarget,
  written: GitFile,
  { holder, path }: SourceFile,
  look: Look,
): Promise<FileAt> {
  const { git } = spec.writeBack
  const isSame = sameGitUrl(holder.repoURL, written.repository)
  // The policy's Secret is shown to the repository that it was named for, and to no other.
  if (!isSame && git?.secretName !== undefined) return { path, text: undefined }
  const revision = (isSame ? git?.branch : undefined) ?? holder.targetRevision
  try {
    const spot = await look.spot({ repository: holder.repoURL, revision, path })
    return { path, text: plainTexts(await look.texts(spot, [path])).get(path) }
  } catch (error) {
    // Who is out of reach for the moment is asked again.
    if (error instanceof ReconcileError && error.retry.kind !== 'backoff') return { path, text: undefined }
    throw error
  }
}

/** The override files that Argo CD reads over the source: the folder's, and the Application's own. */
export async function overridesBeside(
  linked: LinkedTarget,
  written: GitFile,
  { argocdNamespace, look }: { argocdNamespace: string; look: Look },
): Promise<{ readonly folderOverride: FileAt; readonly override: FileAt }> {
  const { application, chosen, target, policy } = linked
  const { source: holder } = chosen
  const place = overridePlace(application, chosen, target, { policy: policy.name, argocdNamespace })
  if (!place.ok || (holder.chart ?? '') !== '') return { folderOverride: absent, override: absent }
  const { path, folderPath } = place.value
  const [folderOverride, override] = await Promise.all([
    readBeside(linked, written, { holder, path: folderPath }, look),
    readBeside(linked, written, { holder, path }, look),
  ])
  return { folderOverride, override }
}

const absent: FileAt = { path: '', text: undefined }
