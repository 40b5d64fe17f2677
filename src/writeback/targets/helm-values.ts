import { reasons } from '../../api/conditions.ts'
import { applicationClaims, fileClaims } from '../../core/conflicts.ts'
import type { Parsed } from '../../core/result.ts'
import { concernsKey, readValues, valuesEdit, type ValuesPlace } from '../../core/targets/helm-values.ts'
import { overridePlace } from '../../core/targets/override-place.ts'
import type { SourceFile } from '../../core/targets/source-file.ts'
import { namesOf } from '../../core/targets/values.ts'
import { valuesFiles, type ValuesFiles } from '../../core/targets/values-files.ts'
import { winnerOver, type FileAt } from '../../core/targets/winners.ts'
import { ReconcileError } from '../../errors.ts'
import type { GitSpot } from '../git-access.ts'
import type { GitFile } from '../git-file.ts'
import type { Found, GitTarget, Look } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { renderedPath } from './rendered-path.ts'
import { plainTexts, textIfReadable, throwIfRefused } from './texts.ts'

/** Target `helmValues`: the values file in which the keys stand. */
export function createHelmValuesTarget(argocdNamespace: string): GitTarget {
  return {
    claims: (linked, branchOf) => {
      const { application, chosen, target, spec } = linked
      const names = namesOf(target)
      // Which of several files it is, only a look tells; until then the Application's keys themselves are claimed.
      const own = applicationClaims(application, chosen.index, names)
      const files = spec.writeBack.git?.path === undefined ? undefined : filesOf(linked)
      if (files?.ok !== true) return own
      const file = gitFile(linked, files.value.fallback)
      const branch = branchOf(file)
      return branch === undefined ? own : [...own, ...fileClaims({ ...file, branch }, names)]
    },
    find: async (linked, look) => {
      const files = filesOf(linked)
      if (!files.ok) throw new ReconcileError(reasons.targetUnsupported, files.fault, { retry: { kind: 'interval' } })
      const { file, spot, text } = await fileThatCounts(linked, files.value, look)
      const { target, spec } = linked
      const place: ValuesPlace = { path: file.path, target, createKeys: spec.writeBack.git?.createKeys ?? false }
      const state = readValues(place, new Map([[file.path, text]]))
      if (state.kind === 'known')
        await throwIfOverruled(linked, { file, later: files.value.later, argocdNamespace }, look)
      const edit: Found['edit'] = (wish) => (wish === undefined ? undefined : valuesEdit(place, wish))
      return { file, spot, paths: [file.path], state, edit }
    },
  }
}

function filesOf(linked: LinkedTarget): Parsed<ValuesFiles> {
  const { application, chosen, spec } = linked
  const path = renderedPath(linked)
  return path.ok ? valuesFiles(path.value, chosen.source, application, spec.writeBack.git?.repository) : path
}

function gitFile({ spec }: LinkedTarget, { holder, path }: SourceFile): GitFile {
  return { repository: holder.repoURL, revision: spec.writeBack.git?.branch ?? holder.targetRevision, path }
}

interface Seen {
  readonly file: GitFile
  readonly spot: GitSpot
  readonly text: string | undefined
}

async function fileThatCounts(linked: LinkedTarget, { candidates, fallback }: ValuesFiles, look: Look): Promise<Seen> {
  const names = namesOf(linked.target)
  for (const candidate of candidates) {
    const seen = await see(gitFile(linked, candidate), look)
    if (seen.text !== undefined && concernsKey(seen.text, names)) return seen
  }
  return await see(gitFile(linked, fallback), look)
}

async function see(file: GitFile, look: Look): Promise<Seen> {
  const spot = await look.spot(file)
  const texts = await look.texts(spot, [file.path])
  throwIfRefused(texts, file.path)
  return { file, spot, text: plainTexts(texts).get(file.path) }
}

/** What is set elsewhere too would be written for nothing. */
async function throwIfOverruled(
  { application, chosen, target, policy, spec }: LinkedTarget,
  { file, later, argocdNamespace }: { file: GitFile; later: readonly SourceFile[]; argocdNamespace: string },
  look: Look,
): Promise<void> {
  const { source } = chosen
  const textAt = (path: string, { repoURL, targetRevision }: typeof source): Promise<FileAt> =>
    textIfReadable({ repository: repoURL, revision: spec.writeBack.git?.branch ?? targetRevision, path }, look)
  const isChart = (source.chart ?? '') !== ''
  const place = overridePlace(application, chosen, target, { policy: policy.name, argocdNamespace })
  const paths = place.ok && !isChart ? [place.value.folderPath, place.value.path] : []
  const [folderOverride = absent, override = absent] = await Promise.all(paths.map((path) => textAt(path, source)))
  const files = await Promise.all(later.map(({ path, holder }) => textAt(path, holder)))
  const winner = winnerOver(file.path, namesOf(target), { source, folderOverride, override, later: files })
  if (winner !== undefined) throw new ReconcileError(reasons.targetUnsupported, winner, { retry: { kind: 'interval' } })
}

const absent: FileAt = { path: '', text: undefined }
