import { fault, parsed, type Parsed } from '../result.ts'
import { quoted } from '../text/quoted.ts'
import type { ApplicationScope, ApplicationTemplate } from './application-template.ts'
import { branchNameFault } from './branch-name.ts'

const field = 'writeBack.git.pushBranch'

/** So many of the newest commits of a base are searched for the tip of a push branch: where it is among them, the branch was merged. */
export const searchedForMerge = 50

/** The branch to push to for an Application, by the policy's template. */
export function pushBranchName(template: ApplicationTemplate, scope: ApplicationScope): Parsed<string> {
  const rendered = template.render(scope)
  if (!rendered.ok) return rendered
  const name = rendered.value
  const objection =
    branchNameFault(name) ??
    (/^refs\/|^HEAD$/.test(name) ? 'is a reference and no branch: write another name' : undefined)
  return objection === undefined ? rendered : fault(`${field} comes to "${quoted(name)}", which ${objection}`)
}

/** What is said of a branch of ours that waits to be merged into another base than that of who would push to it. */
export function otherBaseFault(branch: string, { base, theirs }: { base: string; theirs: string }): string {
  return `branch ${branch} waits to be merged into ${theirs}, not ${base}: give each base a branch of its own, for example by {{ .AppName }} in ${field}, or delete it if nothing is to be merged`
}

/** A push branch that may stand beside its base: never the base itself, and none that git can't keep beside it. */
export function besideBase(name: string, base: string): Parsed<string> {
  if (name === base)
    return fault(
      `${field} comes to "${quoted(name)}", which is the branch to merge into: write another name, or take it out`,
    )
  const [short = '', long = ''] = [name, base].toSorted((a, b) => a.length - b.length)
  if (!long.startsWith(`${short}/`)) return parsed(name)
  return fault(
    `${field} comes to "${quoted(name)}", and git keeps no branch ${long} beside a branch ${short}: write another name`,
  )
}
