import { fileClaims } from '../../core/applications/conflicts.ts'
import type { Parsed } from '../../core/result.ts'
import type { FileState } from '../../core/targets/file-state.ts'
import { overrideEdit, overrideReads } from '../../core/targets/override-file.ts'
import { overridePlace, sourceFolder, type OverridePlace } from '../../core/targets/override-place.ts'
import { kustomizationNames } from '../../core/targets/kustomization.ts'
import { folderType } from '../../core/targets/source-type.ts'
import { namesOf } from '../../core/targets/values.ts'
import { policyKey } from '../../core/policy.ts'
import type { GitFile } from '../git-file.ts'
import type { GitSpot } from '../git-access.ts'
import type { GitTarget, Look, TargetParts } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { createStateMemory } from './state-memory.ts'
import { plainTexts } from './texts.ts'
import { unsupported } from './unsupported.ts'

/** Target `override`: the file beside the Application's manifests that Argo CD reads over its source. */
export function createOverrideTarget({ argocdNamespace, work }: TargetParts): GitTarget {
  const states = createStateMemory<FileState>()
  return {
    claims: (linked, branchOf) => {
      const place = placeOf(linked, argocdNamespace)
      if (!place.ok) return []
      const file = fileOf(linked, place.value)
      const branch = branchOf(file)
      return branch === undefined ? [] : fileClaims({ ...file, branch }, namesOf(linked.target))
    },
    find: async (linked, look) => {
      const place = placeOf(linked, argocdNamespace)
      if (!place.ok) throw unsupported(place.fault)
      const file = fileOf(linked, place.value)
      const spot = await look.spot(file)
      await throwIfOtherType(linked, { look, spot })
      const files = plainTexts(await look.texts(spot, overrideReads(place.value)))
      const state = await states.recall([place.value, ...files], () =>
        work.do(file.path, 'readOverride', place.value, files),
      )
      return { file, spot, paths: [file.path], state, edit: (wish) => overrideEdit(place.value, wish) }
    },
  }
}

/** Of a hydrated source Argo CD does not tell the type: parameters in a kustomization, or images in a chart, would break it. */
async function throwIfOtherType(
  { application, chosen }: LinkedTarget,
  { look, spot }: { look: Look; spot: GitSpot },
): Promise<void> {
  const folder = sourceFolder(chosen.source)
  if (!application.hydrated || application.sourceTypes[chosen.index] !== '' || !folder.ok) return
  const names = ['Chart.yaml', ...kustomizationNames]
  const found = await look.texts(
    spot,
    names.map((name) => `${folder.value}${name}`),
  )
  const type = folderType(names.filter((name) => found.get(`${folder.value}${name}`)?.kind !== 'absent'))
  if (type === chosen.sourceType) return
  const advice = {
    Helm: 'set writeBack.helm',
    Kustomize: 'set writeBack.kustomize',
    Directory: 'use writeBack.git.target: manifests',
  }
  const message = `${folder.value || 'the root'} is of type ${type} to Argo CD, and not ${chosen.sourceType}; ${advice[type]}`
  throw unsupported(message)
}

function placeOf(
  { application, chosen, target, policy }: LinkedTarget,
  argocdNamespace: string,
): Parsed<OverridePlace> {
  return overridePlace(application, chosen, target, { policy: policyKey(policy), argocdNamespace })
}

function fileOf({ spec, chosen }: LinkedTarget, { path }: OverridePlace): GitFile {
  const { git } = spec.writeBack
  return {
    repository: git?.repository ?? chosen.source.repoURL,
    revision: git?.branch ?? chosen.source.targetRevision,
    path,
  }
}
