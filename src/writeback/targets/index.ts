import type { GitTargetName } from '../../api/v1alpha1.ts'
import type { GitTarget, TargetParts } from '../git-target.ts'
import { targetNameOf } from '../linked-target.ts'
import type { LinkedTarget } from '../place.ts'
import { createHelmValuesTarget } from './helm-values.ts'
import { createKustomizationTarget } from './kustomization.ts'
import { createManifestsTarget } from './manifests.ts'
import { createOverrideTarget } from './override.ts'

/** Makes one of each target, and tells which is a policy's. */
export function createTargets(parts: TargetParts): (linked: LinkedTarget) => GitTarget {
  const targets: Readonly<Record<GitTargetName, GitTarget>> = {
    override: createOverrideTarget(parts),
    helmValues: createHelmValuesTarget(parts),
    kustomization: createKustomizationTarget(parts),
    manifests: createManifestsTarget(parts),
  }
  return ({ spec }) => targets[targetNameOf(spec)]
}
