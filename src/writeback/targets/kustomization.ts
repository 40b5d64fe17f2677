import { reasons } from '../../api/conditions.ts'
import { fileClaims } from '../../core/applications/conflicts.ts'
import { parsed, type Parsed } from '../../core/result.ts'
import type { FileState } from '../../core/targets/file-state.ts'
import type { FileWork } from '../../core/targets/file-work.ts'
import { kustomizationEdit, kustomizationNames, kustomizationsIn } from '../../core/targets/kustomization.ts'
import { namesOf } from '../../core/targets/values.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { GitFile } from '../git-file.ts'
import type { Found, GitTarget, Look, TargetParts } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { overridesBeside } from './beside.ts'
import { gitFileOf, pathFile } from './path-file.ts'
import { createStateMemory, type StateMemory } from './state-memory.ts'
import { plainTexts, throwIfRefused } from './texts.ts'
import { unsupported } from './unsupported.ts'

/** Target `kustomization`: the `images` of the kustomization file in the source's folder, or at the policy's path. */
export function createKustomizationTarget({ argocdNamespace, work }: TargetParts): GitTarget {
  const states = createStateMemory<FileState>()
  const winners = createStateMemory<string | undefined>()
  return {
    claims: (linked, branchOf) => {
      const files = candidatesOf(linked)
      // Whichever of the names the file has: two files of one folder are one kustomization.
      const file = files.ok ? files.value[0] : undefined
      const branch = file === undefined ? undefined : branchOf(file)
      return file === undefined || branch === undefined ? [] : fileClaims({ ...file, branch }, namesOf(linked.target))
    },
    find: async (linked, look) => {
      const candidates = candidatesOf(linked)
      if (!candidates.ok) throw unsupported(candidates.fault)
      const [first] = candidates.value
      const spot = await look.spot(first)
      const paths = candidates.value.map(({ path }) => path)
      const texts = await look.texts(spot, paths)
      for (const path of paths) throwIfRefused(texts, path)
      const file = candidates.value.find(({ path }) => texts.get(path)?.kind === 'text')
      if (file === undefined) throw nothingThere(paths)
      const place = { path: file.path, target: linked.target }
      const text = plainTexts(texts).get(file.path)
      const state = await states.recall([place, text], () =>
        work.do(file.path, 'readKustomization', place, new Map([[file.path, text]])),
      )
      if (state.kind === 'known') await throwIfOverruled(linked, { file, argocdNamespace }, { look, winners, work })
      const edit: Found['edit'] = (wish) => (wish === undefined ? undefined : kustomizationEdit(place, wish))
      return { file, spot, paths: [file.path], state, edit }
    },
  }
}

/** The file, or those that it may be in its folder, in Kustomize's order. */
function candidatesOf(linked: LinkedTarget): Parsed<readonly [GitFile, ...GitFile[]]> {
  const found = pathFile(linked)
  if (!found.ok) return found
  const file = gitFileOf(linked, found.value)
  const { path } = file
  if (kustomizationNames.some((name) => path === name || path.endsWith(`/${name}`))) return parsed([file])
  const [first, ...others] = kustomizationsIn(path)
  const at = (one: string) => ({ ...file, path: one })
  return parsed([at(first), ...others.map(at)])
}

/** What is set elsewhere too would be written for nothing. */
async function throwIfOverruled(
  linked: LinkedTarget,
  { file, argocdNamespace }: { file: GitFile; argocdNamespace: string },
  { look, winners, work }: { look: Look; winners: StateMemory<string | undefined>; work: FileWork },
): Promise<void> {
  const { chosen, target } = linked
  const { path } = file
  const name = target.kustomizeName
  const overrides = await overridesBeside(linked, file, { argocdNamespace, look })
  const all = { source: chosen.source, ...overrides }
  const winner = await winners.recall([path, name, all], () => work.do(path, 'imageWinnerOver', path, name, all))
  if (winner !== undefined) throw unsupported(winner)
}

function nothingThere([first = '', ...others]: readonly string[]): ReconcileError {
  const message =
    others.length === 0 ? `there is no file ${first}` : `there is no ${first}, and none of Kustomize’s other names`
  return new ReconcileError(reasons.targetNotFound, `${message}; set writeBack.git.path`, {
    retry: atInterval,
  })
}
