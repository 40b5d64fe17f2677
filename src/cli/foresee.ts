import type { Application } from '../core/applications/application.ts'
import { indexOfAll } from '../core/applications/application-index.ts'
import type { EditResult } from '../core/targets/edit.ts'
import { linkApplications, noApplication } from '../core/applications/link.ts'
import type { PolicyIdentity, PolicySpec } from '../core/policy.ts'
import type { FileEdit } from '../core/targets/file-edit.ts'
import { unreadable } from '../core/targets/file-state.ts'
import { atOnce } from '../core/targets/file-work.ts'
import { applicationPatch, type PatchOperation } from '../core/targets/application-patch.ts'
import { desiredIn } from '../core/targets/desired.ts'
import { entriesOf } from '../core/targets/entries.ts'
import { chooseSources } from '../core/targets/source.ts'
import { entriesFor } from '../core/targets/values.ts'
import { onChange, ReconcileError } from '../errors.ts'
import type { Found, Look } from '../writeback/git-target.ts'
import { linkedTarget, writeWish } from '../writeback/linked-target.ts'
import type { LinkedTarget } from '../writeback/place.ts'
import { createTargets } from '../writeback/targets/index.ts'
import { pushBranchOf } from '../writeback/targets/rendered-path.ts'
import { plainTexts, throwIfRefused } from '../writeback/targets/texts.ts'
import { lookInto } from './look-into.ts'
import type { Wish } from './wish.ts'
import type { WorkingCopy } from './working-copy.ts'

/** What would be written where. */
export interface Foreseen {
  readonly policy: PolicyIdentity
  readonly spec: PolicySpec
  /** The spec before it was parsed. */
  readonly written: unknown
  readonly application: Application
  readonly argocdNamespace: string
}

/** The places of an Application that a policy writes to. Throws ReconcileError where there is none. */
export function placesOf({ policy, spec, written, application }: Foreseen): readonly LinkedTarget[] {
  const { namespace } = policy
  // Whether an AppProject lets them, is for the operator to judge: here a person asks who has both files.
  const tenancy = { argocdNamespace: '', allowCrossNamespace: true, projectOf: () => undefined }
  const found = linkApplications(spec.applications, namespace, indexOfAll([application]), tenancy)
  if (found.linked.length === 0) throw noApplication(spec.applications, namespace, found)
  const sources = chooseSources(found.linked, { ...writeWish(spec, written), lastType: () => undefined })
  return sources.map((linked) => valueOf(linkedTarget(policy, spec, linked)))
}

/** The operations by which method `argocd` would patch the Application. */
export function foreseePatch(places: readonly LinkedTarget[], wish: Wish): readonly PatchOperation[] {
  return places.flatMap((linked) => {
    const { application, chosen, target } = linked
    const { index, tool, source } = chosen
    const desired = desiredIn(entriesOf(source, tool) ?? [], target)
    const to = wish({ kind: 'known', ...desired, carriedDue: false })
    return to === undefined ? [] : applicationPatch(application, { index, tool, wanted: entriesFor(target, to) })
  })
}

/** Makes those edits in the working copy that method `git` would commit. Throws ReconcileError. */
export async function foreseeEdits(
  places: readonly LinkedTarget[],
  wish: Wish,
  { copy, argocdNamespace }: { copy: WorkingCopy; argocdNamespace: string },
): Promise<void> {
  const targetFor = createTargets({ argocdNamespace, work: atOnce })
  const look = lookInto(copy)
  for (const linked of places) {
    // What would be written is the same; that the branch has a name is worth knowing before.
    pushBranchOf(linked)
    const found = await targetFor(linked).find(linked, look)
    const { state } = found
    if (state.kind === 'failed') throw unreadable(state)
    const to = wish(state)
    const edit = found.edit(to === undefined ? undefined : { to, decidedUpon: state })
    if (edit !== undefined) await makeEdit(edit, found, { copy, look })
  }
}

async function makeEdit(
  edit: FileEdit,
  { spot }: Found,
  { copy, look }: { copy: WorkingCopy; look: Look },
): Promise<void> {
  const texts = await look.texts(spot, [edit.path, ...edit.reads])
  throwIfRefused(texts, edit.path)
  const result = await atOnce.do(edit.path, 'applyEdit', edit, plainTexts(texts))
  if (result.kind === 'refused') throw new ReconcileError(result.reason, result.message, { retry: onChange })
  for (const [path, text] of textsIn(edit, result)) copy.write(path, text)
}

function textsIn({ path }: FileEdit, result: EditResult): ReadonlyMap<string, string> {
  if (result.kind !== 'edited') return new Map()
  return new Map([[path, result.text], ...(result.others ?? [])])
}

function valueOf(target: LinkedTarget | ReconcileError): LinkedTarget {
  if (target instanceof ReconcileError) throw target
  return target
}
