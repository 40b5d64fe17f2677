import { reasons } from '../../api/conditions.ts'
import type { ApplicationScope } from '../../core/git/application-template.ts'
import { pushBranchName } from '../../core/git/push-branch.ts'
import { parsed, type Parsed } from '../../core/result.ts'
import { atInterval, ReconcileError } from '../../errors.ts'
import type { LinkedTarget } from '../place.ts'

/** The policy's `writeBack.git.path` for an Application; undefined: it has none. */
export function renderedPath(linked: LinkedTarget): Parsed<string | undefined> {
  const { path } = linked.spec.writeBack.git ?? {}
  return path === undefined ? parsed(undefined) : path.render(scopeOf(linked))
}

/** The policy's `writeBack.git.pushBranch` for an Application; undefined: it has none. */
export function renderedPushBranch(linked: LinkedTarget): Parsed<string | undefined> {
  const { pushBranch } = linked.spec.writeBack.git ?? {}
  return pushBranch === undefined ? parsed(undefined) : pushBranchName(pushBranch, scopeOf(linked))
}

/** The same; throws a ReconcileError for what is no name of a branch. */
export function pushBranchOf(linked: LinkedTarget): string | undefined {
  const name = renderedPushBranch(linked)
  if (name.ok) return name.value
  throw noBranch(name.fault)
}

/** What is said where `writeBack.git.pushBranch` comes to no branch that could be pushed to. */
export function noBranch(message: string): ReconcileError {
  return new ReconcileError(reasons.branchUnknown, message, { retry: atInterval })
}

function scopeOf({ application, policy }: LinkedTarget): ApplicationScope {
  const { name, namespace, labels, annotations } = application
  return { AppName: name, AppNamespace: namespace, Policy: policy.name, Labels: labels, Annotations: annotations }
}
