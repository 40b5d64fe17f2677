import { applicationClaims, fileClaims } from '../../core/applications/conflicts.ts'
import { normaliseGitUrl } from '../../core/git/git-url.ts'
import type { Parsed } from '../../core/result.ts'
import type { FileState } from '../../core/targets/file-state.ts'
import type { FileWork } from '../../core/targets/file-work.ts'
import { valuesEdit, type ValuesPlace } from '../../core/targets/helm-values.ts'
import type { SourceFile } from '../../core/targets/source-file.ts'
import { namesOf } from '../../core/targets/values.ts'
import { isSame, valuesFiles, type ValuesFiles } from '../../core/targets/values-files.ts'
import type { GitSpot } from '../git-access.ts'
import type { GitFile } from '../git-file.ts'
import type { Found, GitTarget, Look, TargetParts } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { overridesBeside, readBeside } from './beside.ts'
import { gitFileOf } from './path-file.ts'
import { renderedPath, renderedPushBranch } from './rendered-path.ts'
import { severalRepositories, valueFilesOf } from './value-files.ts'
import { createStateMemory, type StateMemory } from './state-memory.ts'
import { plainTexts, throwIfRefused } from './texts.ts'
import { unsupported } from './unsupported.ts'

/** Target `helmValues`: the values file in which the keys stand. */
export function createHelmValuesTarget({ argocdNamespace, work }: TargetParts): GitTarget {
  const memories: Memories = { state: createStateMemory(), concern: createStateMemory(), winner: createStateMemory() }
  return {
    claims: (linked, branchOf) => {
      const { application, chosen, target, spec } = linked
      const names = namesOf(target)
      // Which of several files it is, only a look tells; until then the Application's keys themselves are claimed.
      const push = renderedPushBranch(linked)
      const own = applicationClaims(application, chosen.index, names, push.ok ? push.value : undefined)
      const files = spec.writeBack.git?.path === undefined ? undefined : filesOf(linked, [])
      if (files?.ok !== true) return own
      const file = gitFileOf(linked, files.value.fallback)
      const branch = branchOf(file)
      return branch === undefined ? own : [...own, ...fileClaims({ ...file, branch }, names)]
    },
    find: async (linked, look) => {
      const files = filesOf(linked, await valueFilesOf(linked, { argocdNamespace, look }))
      if (!files.ok) throw unsupported(files.fault)
      const { file, spot, text } = await fileThatCounts(linked, files.value, { look, memories, work })
      const { target, spec } = linked
      const place: ValuesPlace = { path: file.path, target, createKeys: spec.writeBack.git?.createKeys ?? false }
      const state = await memories.state.recall([place, text], () =>
        work.do(place.path, 'readValues', place, new Map([[place.path, text]])),
      )
      // Nothing wins over a file that is for something else, such as the generator of an ApplicationSet.
      if (state.kind === 'known' && files.value.isRead)
        await throwIfOverruled(linked, { file, later: files.value.later, argocdNamespace }, { look, memories, work })
      const edit: Found['edit'] = (wish) => (wish === undefined ? undefined : valuesEdit(place, wish))
      return { file, spot, paths: [file.path], state, edit }
    },
  }
}

interface Memories {
  readonly state: StateMemory<FileState>
  readonly concern: StateMemory<boolean>
  readonly winner: StateMemory<string | undefined>
}

interface Means {
  readonly look: Look
  readonly memories: Memories
  readonly work: FileWork
}

/** `named`: what the source's `helm.valueFiles` mean. */
function filesOf(linked: LinkedTarget, named: readonly SourceFile[]): Parsed<ValuesFiles> {
  const { application, chosen, spec } = linked
  const path = renderedPath(linked)
  if (!path.ok) return path
  const { repository } = spec.writeBack.git ?? {}
  return valuesFiles({ path: path.value, repository, source: chosen.source, application, named })
}

interface Seen {
  readonly file: GitFile
  readonly spot: GitSpot
  readonly text: string | undefined
}

async function fileThatCounts(
  linked: LinkedTarget,
  { candidates, fallback }: ValuesFiles,
  { look, memories, work }: Means,
): Promise<Seen> {
  const names = namesOf(linked.target)
  const { git } = linked.spec.writeBack
  const repositories = new Set([...candidates, fallback].map(({ holder }) => normaliseGitUrl(holder.repoURL)))
  if (repositories.size > 1 && git?.secretName !== undefined) throw unsupported(severalRepositories)
  // Where there is but one, nothing has to be read to tell which it is.
  const others = candidates.length === 1 && isSame(candidates[0], fallback) ? [] : candidates
  for (const candidate of others) {
    const seen = await see(gitFileOf(linked, candidate), look)
    const { text } = seen
    if (text === undefined) continue
    const { path } = seen.file
    if (await memories.concern.recall([names, text], () => work.do(path, 'concernsKey', text, names))) return seen
  }
  return await see(gitFileOf(linked, fallback), look)
}

async function see(file: GitFile, look: Look): Promise<Seen> {
  const spot = await look.spot(file)
  const texts = await look.texts(spot, [file.path])
  throwIfRefused(texts, file.path)
  return { file, spot, text: plainTexts(texts).get(file.path) }
}

/** What is set elsewhere too would be written for nothing. */
async function throwIfOverruled(
  linked: LinkedTarget,
  { file, later, argocdNamespace }: { file: GitFile; later: readonly SourceFile[]; argocdNamespace: string },
  { look, memories, work }: Means,
): Promise<void> {
  const [overrides, files] = await Promise.all([
    overridesBeside(linked, file, { argocdNamespace, look }),
    Promise.all(later.map((one) => readBeside(linked, file, one, look))),
  ])
  const { source } = linked.chosen
  const names = namesOf(linked.target)
  const winners = { source, ...overrides, later: files }
  const winner = await memories.winner.recall([file.path, names, winners], () =>
    work.do(file.path, 'winnerOver', file.path, names, winners),
  )
  if (winner !== undefined) throw unsupported(winner)
}
