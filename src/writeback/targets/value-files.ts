import { sameGitUrl } from '../../core/git/git-url.ts'
import type { SourceFile } from '../../core/targets/source-file.ts'
import { namedValueFiles, type ValueFile } from '../../core/targets/value-file.ts'
import { isSame } from '../../core/targets/values-files.ts'
import { ReconcileError } from '../../errors.ts'
import type { Look } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { unsupported } from './unsupported.ts'

/** Why a Secret is not shown. */
export const severalRepositories =
  'values files stand in several git repositories, and writeBack.git.secretRef is for one: set writeBack.git.repository'

/**
 * What the `helm.valueFiles` of a source mean, in the order in which Argo CD reads them. A pattern stands for all files that match,
 * by their names; one that is named itself stands where it is named. Throws ReconcileError.
 */
export async function valueFilesOf(
  linked: LinkedTarget,
  { argocdNamespace, look }: { argocdNamespace: string; look: Look },
): Promise<readonly SourceFile[]> {
  const named = namedValueFiles(linked.chosen.source, linked.application, argocdNamespace)
  if (named.every(({ glob }) => glob === undefined)) return named
  const home = homeOf(linked, named)
  const explicit = named.filter(({ glob }) => glob === undefined)
  const found: SourceFile[] = []
  for (const file of named) {
    const others = file.glob === undefined ? found : [...found, ...explicit]
    const matching = file.glob === undefined ? [file] : await matchesOf(linked, file, { home, look })
    found.push(...matching.filter((one) => !others.some((other) => isSame(one, other))))
  }
  return found
}

async function matchesOf(
  linked: LinkedTarget,
  { glob, holder, path }: ValueFile,
  { home, look }: { home: string | undefined; look: Look },
): Promise<readonly SourceFile[]> {
  const { git } = linked.spec.writeBack
  const isHome = home !== undefined && sameGitUrl(home, holder.repoURL)
  if (glob === undefined || !(isHome || mayShowElsewhere(linked))) return []
  try {
    const spot = await look.spot({ repository: holder.repoURL, revision: branchOf(linked, holder, isHome), path })
    const paths = await look.list(spot, glob.folder)
    return paths.filter((at) => glob.matches(at)).map((at) => ({ holder, path: at }))
  } catch (error) {
    // Where the file is named, others only win over it: what may not be looked at can't be judged (see `readBeside`).
    if (git?.path !== undefined && error instanceof ReconcileError && error.retry.kind !== 'backoff') return []
    throw error
  }
}

function branchOf(
  { spec }: LinkedTarget,
  { targetRevision }: SourceFile['holder'],
  isHome: boolean,
): string | undefined {
  return (isHome ? spec.writeBack.git?.branch : undefined) ?? targetRevision
}

/** The repository that is written to; undefined: which of several it is, only a look would tell. A Helm repository is none of git. */
function homeOf({ spec, chosen: { source } }: LinkedTarget, named: readonly ValueFile[]): string | undefined {
  const own = spec.writeBack.git?.repository ?? ((source.chart ?? '') === '' ? source.repoURL : undefined)
  if (own !== undefined) return own
  const [first, ...others] = named.map(({ holder }) => holder.repoURL)
  return first !== undefined && others.every((other) => sameGitUrl(first, other)) ? first : undefined
}

/** The policy's Secret is shown to the repository that it was named for, and to no other. */
function mayShowElsewhere({ spec }: LinkedTarget): boolean {
  const { git } = spec.writeBack
  if (git?.secretName === undefined) return true
  if (git.repository !== undefined || git.path !== undefined) return false
  throw unsupported(severalRepositories)
}
