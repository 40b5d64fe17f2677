import { reasons } from '../../api/conditions.ts'
import { fileClaims } from '../../core/applications/conflicts.ts'
import type { Parsed } from '../../core/result.ts'
import { overrideEdit, overrideReads, readOverride } from '../../core/targets/override-file.ts'
import { overridePlace, type OverridePlace } from '../../core/targets/override-place.ts'
import { namesOf } from '../../core/targets/values.ts'
import { ReconcileError } from '../../errors.ts'
import type { GitFile } from '../git-file.ts'
import type { GitTarget } from '../git-target.ts'
import type { LinkedTarget } from '../place.ts'
import { plainTexts } from './texts.ts'

/** Target `override`: the file beside the Application's manifests that Argo CD reads over its source. */
export function createOverrideTarget(argocdNamespace: string): GitTarget {
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
      if (!place.ok) throw new ReconcileError(reasons.targetUnsupported, place.fault, { retry: { kind: 'interval' } })
      const file = fileOf(linked, place.value)
      const spot = await look.spot(file)
      const files = plainTexts(await look.texts(spot, overrideReads(place.value)))
      return {
        file,
        spot,
        paths: [file.path],
        state: readOverride(place.value, files),
        edit: (wish) => overrideEdit(place.value, wish),
      }
    },
  }
}

function placeOf(
  { application, chosen, target, policy }: LinkedTarget,
  argocdNamespace: string,
): Parsed<OverridePlace> {
  return overridePlace(application, chosen, target, { policy: `${policy.namespace}/${policy.name}`, argocdNamespace })
}

function fileOf({ spec, chosen }: LinkedTarget, { path }: OverridePlace): GitFile {
  const { git } = spec.writeBack
  return {
    repository: git?.repository ?? chosen.source.repoURL,
    revision: git?.branch ?? chosen.source.targetRevision,
    path,
  }
}
