import { reasons, type Reason } from '../../api/conditions.ts'
import type { Change } from '../../core/change.ts'
import type { EditResult, Files } from '../../core/targets/edit.ts'
import type { Template } from '../../core/git/template.ts'
import { styleKey, type CommitStyle } from './commit-style.ts'
import type { FileText } from '../file-text.ts'
import { createTurns } from './turns.ts'

/**
 * A change to texts of a commit, which can be made again on those of another: what it changes, what of it is read, and who makes it,
 * be it in another thread.
 */
export interface TextEdit {
  /** From the repository's root, without a leading slash. */
  readonly path: string
  /** Further files whose text it looks at. */
  readonly reads: readonly string[]
  apply(files: Files): Promise<EditResult>
}

/** One edit that waits for a commit: what it does, what it is told as, how that is worded (undefined: the default), and how the commit is made. */
export interface LaneEdit {
  readonly edit: TextEdit
  readonly change: Change
  readonly message: Template | undefined
  readonly style?: CommitStyle
  /** The branch that is pushed to instead; undefined: the branch itself. */
  readonly push?: PushBranch | undefined
}

/** A branch that waits to be merged. */
export interface PushBranch {
  readonly branch: string
  /** What to do should the branch begin anew at its base; undefined: it was not there when `edit` was decided upon. */
  readonly anew: TextEdit | undefined
  /** Not to be pushed to a branch that is there and was not begun by us: the credential is lent. */
  readonly onlyOurs: boolean
}

/** What became of an edit that needs no commit; `failed` is a fault of ours. */
export type Settled =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * One commit to be made: texts by path, and the edits in it, each with what it carries over. An edit that found done what others of
 * this plan do (two Applications may read one values file) is one of them: it is told, and shares their fate.
 */
export interface PlannedCommit<Edit extends LaneEdit> {
  readonly message: Template | undefined
  readonly style: CommitStyle
  readonly files: ReadonlyMap<string, string>
  readonly edited: readonly EditedPart<Edit>[]
}

interface EditedPart<Edit extends LaneEdit = LaneEdit> {
  readonly entry: Edit
  readonly carried: readonly string[]
  readonly anchors: readonly string[]
}

/** What a set of edits comes to, at one tip. */
export interface CommitPlan<Edit extends LaneEdit> {
  readonly commits: readonly PlannedCommit<Edit>[]
  readonly settled: ReadonlyMap<Edit, Settled>
}

/**
 * Applies edits in their order to the texts of one tip. Edits that agree in their message template and style share a commit, in
 * the order in which these first came; a later commit stands on the texts of an earlier one. An edit that throws fails alone.
 * Between edits, of which there may be hundreds, others get their turn.
 */
export async function planCommits<Edit extends LaneEdit>(
  edits: readonly Edit[],
  texts: ReadonlyMap<string, FileText>,
  editOf: (entry: Edit) => TextEdit = ({ edit }) => edit,
): Promise<CommitPlan<Edit>> {
  const now = new Map([...texts].map(([path, found]) => [path, found.kind === 'text' ? found.text : undefined]))
  const plan = {
    texts,
    now,
    editOf,
    touched: new Set<string>(),
    settled: new Map<Edit, Settled>(),
    turn: createTurns(),
  }
  const commits: PlannedCommit<Edit>[] = []
  for (const group of groupsOf(edits)) commits.push(await planGroup(group, plan))
  return { commits: commits.filter(({ edited }) => edited.length > 0), settled: plan.settled }
}

/** A plan that is being made: the texts at the tip, those of now, and what became of edits so far. */
interface Planning<Edit extends LaneEdit> {
  readonly texts: ReadonlyMap<string, FileText>
  readonly now: Map<string, string | undefined>
  readonly editOf: (entry: Edit) => TextEdit
  readonly touched: Set<string>
  readonly settled: Map<Edit, Settled>
  readonly turn: () => Promise<void>
}

async function planGroup<Edit extends LaneEdit>(
  group: readonly Edit[],
  { texts, now, editOf, touched, settled, turn }: Planning<Edit>,
): Promise<PlannedCommit<Edit>> {
  const edited: EditedPart<Edit>[] = []
  const before = new Map(now)
  for (const entry of group) {
    const edit = editOf(entry)
    const { path, reads } = edit
    const result = await resultOf(edit, now, texts)
    const changed = changedBy(path, result, now)
    for (const [at, text] of changed) {
      now.set(at, text)
      touched.add(at)
    }
    const isDone = result.kind === 'edited' || result.kind === 'unchanged'
    const isOfPlan = [path, ...reads].some((at) => touched.has(at))
    if (!isDone) settled.set(entry, result)
    else if (isOfPlan) edited.push({ entry, ...sideEffects(changed.length > 0 ? result : undefined) })
    else settled.set(entry, { kind: 'unchanged' })
    await turn()
  }
  const files = new Map(
    [...now].flatMap(([path, text]) => (text === undefined || text === before.get(path) ? [] : [[path, text]])),
  )
  return { message: group[0]?.message, style: group[0]?.style ?? {}, files, edited }
}

/** What is told of an edit beside its change. */
function sideEffects(result: EditResult | undefined): Pick<EditedPart, 'carried' | 'anchors'> {
  if (result?.kind !== 'edited') return { carried: [], anchors: [] }
  return { carried: result.carried, anchors: result.anchors ?? [] }
}

/** The files to which a result gives another text than they have now. */
function changedBy(
  path: string,
  result: EditResult | Settled,
  now: ReadonlyMap<string, string | undefined>,
): readonly (readonly [path: string, text: string])[] {
  if (result.kind !== 'edited') return []
  const texts = new Map([[path, result.text], ...(result.others ?? [])])
  return [...texts].filter(([at, text]) => text !== now.get(at))
}

function groupsOf<Edit extends LaneEdit>(edits: readonly Edit[]): readonly (readonly Edit[])[] {
  const groups = new Map<string, Edit[]>()
  for (const entry of edits) {
    const key = JSON.stringify([entry.message?.source, styleKey(entry.style ?? {})])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return [...groups.values()]
}

async function resultOf(
  edit: TextEdit,
  now: ReadonlyMap<string, string | undefined>,
  texts: ReadonlyMap<string, FileText>,
): Promise<EditResult | Settled> {
  const found = texts.get(edit.path)
  if (found?.kind === 'refused') return found
  try {
    const wanted = [edit.path, ...edit.reads]
    const result = await edit.apply(new Map(wanted.map((path) => [path, now.get(path)])))
    if (result.kind !== 'edited') return result
    const changed = changedBy(edit.path, result, now)
    const fault = changed
      .map(([at]) => texts.get(at))
      .find((file) => file?.kind === 'absent' && file.fault !== undefined)
    if (fault?.kind === 'absent')
      return { kind: 'refused', reason: reasons.targetUnsupported, message: fault.fault ?? '' }
    const emptied = changed.find(([, text]) => text === '')
    if (emptied === undefined) return result
    return { kind: 'refused', reason: reasons.internalError, message: `the edit would empty ${emptied[0]}` }
  } catch (error) {
    return { kind: 'failed', error }
  }
}
