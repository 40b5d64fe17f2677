import type { GitTargetName } from '../api/v1alpha1.ts'
import { reasons } from '../api/conditions.ts'
import type { PolicyIdentity, PolicySpec } from '../core/policy.ts'
import type { LinkedSource, SourceWish } from '../core/targets/source.ts'
import { namesOf, targetOf } from '../core/targets/values.ts'
import { onChange, ReconcileError } from '../errors.ts'
import type { LinkedTarget } from './place.ts'

/** What choosing a source needs to know of how a policy writes; `written` is its spec before it was parsed. */
export function writeWish(spec: PolicySpec, written: unknown): Pick<SourceWish, 'way' | 'gives'> {
  const given = written as { readonly writeBack?: { readonly helm?: unknown; readonly kustomize?: unknown } }
  return {
    way: spec.writeBack.method === 'argocd' ? 'argocd' : targetNameOf(spec),
    gives: { helm: given.writeBack?.helm !== undefined, kustomize: given.writeBack?.kustomize !== undefined },
  }
}

/** Where a policy writes in a linked source, or why there is no such place. */
export function linkedTarget(
  policy: PolicyIdentity,
  spec: PolicySpec,
  linked: LinkedSource,
): LinkedTarget | ReconcileError {
  if (linked.kind === 'failed') return linked.error
  const target = targetOf(spec, linked.tool)
  if (namesOf(target).length === 0) return nothingToWrite()
  return { policy, spec, application: linked.application, chosen: linked, target }
}

/** Which of the targets of method `git` a policy writes by. */
export function targetNameOf({ writeBack }: PolicySpec): GitTargetName {
  return writeBack.git?.target ?? 'override'
}

/** The default place has a tag key only. */
function nothingToWrite(): ReconcileError {
  const message =
    'writeBack.digest: only writes no tag; set writeBack.helm to [{digest: image.digest}] or [{spec: image}]'
  return new ReconcileError(reasons.targetUnsupported, message, { retry: onChange })
}
