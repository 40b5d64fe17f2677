import type { ApplicationScope } from '../../core/git/application-template.ts'
import { pushBranchName } from '../../core/git/push-branch.ts'
import { parsed, type Parsed } from '../../core/result.ts'
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

function scopeOf({ application, policy }: LinkedTarget): ApplicationScope {
  const { name, namespace, labels, annotations } = application
  return { AppName: name, AppNamespace: namespace, Policy: policy.name, Labels: labels, Annotations: annotations }
}
