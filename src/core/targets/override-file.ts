import { reasons } from '../../api/conditions.ts'
import type { EditOf, EditResult, Files } from './edit.ts'
import { parsed, type Parsed } from '../result.ts'
import { desiredIn, stands, type Desired } from './desired.ts'
import { parseOverride, type OverrideDocument } from './override-document.ts'
import { hasMoved, type FileState, type FileWish } from './file-state.ts'
import { entryLines, withEntries } from './override-entries.ts'
import { withHead } from './override-head.ts'
import { isInLines, linesOfFlow, withList } from './override-layout.ts'
import type { OverridePlace } from './override-place.ts'
import { isIdle, planOverride, type Plan, type PlannedEntry } from './override-plan.ts'
import { isAsPlanned } from './override-verify.ts'
import { lineEndOf } from './splice.ts'
import { entriesFor, namesOf } from './values.ts'

/** The files that reading a place's state looks at. */
export function overrideReads({ path, folderPath }: OverridePlace): readonly string[] {
  return [path, folderPath]
}

/** Reads what a policy's override file says, and whether carried entries differ from where they come from. */
export function readOverride(place: OverridePlace, files: Files): FileState {
  const opened = openFiles(place, files)
  if (!opened.ok) return { kind: 'failed', reason: reasons.targetUnsupported, message: opened.fault }
  const { file, base } = opened.value
  const carriedDue = isOurs(file, place) && !isIdle(planOverride(file.entries, [], base))
  return { kind: 'known', carriedDue, ...desiredOf(file, place) }
}

/** An edit of an override file. */
export type OverrideEdit = EditOf<'override', OverridePlace, FileWish | undefined>

/**
 * The edit that writes a choice into a policy's override file, and carries along what Argo CD would otherwise lose
 * (docs/policy.md, "Where it is written"). Without a wish it only makes carried entries equal to the spec.
 */
export function overrideEdit(place: OverridePlace, wish: FileWish | undefined): OverrideEdit {
  return { kind: 'override', path: place.path, reads: [place.folderPath], place, wish }
}

/** Makes an edit of an override file. */
export function editOverride({ place, wish }: OverrideEdit, files: Files): EditResult {
  const opened = openFiles(place, files)
  if (!opened.ok) return refused(opened.fault)
  const { file, base } = opened.value
  if (wish === undefined && !isOurs(file, place)) return { kind: 'unchanged' }
  if (wish !== undefined && hasMoved(desiredOf(file, place), wish)) return { kind: 'moved' }
  const plan = planOverride(file.entries, wish === undefined ? [] : entriesFor(place.target, wish.to), base)
  return isIdle(plan) ? { kind: 'unchanged' } : edit(place, file, plan)
}

function edit(place: OverridePlace, file: OverrideDocument, plan: Plan): EditResult {
  const edited = withLastLineEnded(file, (whole) => carryOut(whole, plan))
  if (!edited.ok) return refused(`${place.path}: ${edited.fault}`)
  const text = withHead(edited.value, place)
  const after = parseOverride(text, place.target.tool)
  if (after.ok && isAsPlanned(file, after.value, plan)) return { kind: 'edited', text, carried: plan.carried }
  return refused(
    `${place.path}: the edit would change more than its entries (an anchor or alias, perhaps); write them out`,
  )
}

interface Opened {
  readonly file: OverrideDocument
  /** The list that the file's own list replaces. */
  readonly base: readonly PlannedEntry[]
}

function openFiles({ path, folderPath, target, own }: OverridePlace, files: Files): Parsed<Opened> {
  const file = parseOverride(files.get(path) ?? '', target.tool)
  if (!file.ok) return { ok: false, fault: `${path}: ${file.fault}` }
  const folder = parseOverride(files.get(folderPath) ?? '', target.tool)
  if (!folder.ok) return { ok: false, fault: `${folderPath}: ${folder.fault}` }
  // A list in the folder-wide file has replaced the Application's own already.
  const base: readonly PlannedEntry[] =
    folder.value.list === undefined
      ? own.map((entry) => ({ ...entry, origin: 'application' }))
      : folder.value.entries.map(({ name, value, forceString }) => ({ name, value, forceString, origin: 'folder' }))
  return parsed({ file: file.value, base })
}

/** Whether something in the file is the policy's: one that others wrote is not repaired. */
function isOurs({ entries }: OverrideDocument, { target }: OverridePlace): boolean {
  const names = namesOf(target)
  return entries.some(({ name, origin }) => origin !== undefined || names.includes(name))
}

/** A carried entry is not the policy's own yet: what it says is desired, but it still has to be taken over. */
function desiredOf({ entries }: OverrideDocument, { target }: OverridePlace): Desired {
  const desired = desiredIn(entries, target)
  const own = entries.filter(({ origin }) => origin === undefined)
  const { value } = desired
  return { ...desired, complete: value !== undefined && entriesFor(target, value).every((entry) => stands(entry, own)) }
}

/** Lets an edit see a file whose last line has its line end; it loses it again afterwards where it had none. */
function withLastLineEnded(file: OverrideDocument, edit: (whole: OverrideDocument) => Parsed<string>): Parsed<string> {
  const { text, tool } = file
  if (text === '' || text.endsWith('\n')) return edit(file)
  const eol = lineEndOf(text)
  const whole = parseOverride(text + eol, tool)
  const edited = whole.ok ? edit(whole.value) : whole
  return edited.ok ? parsed(edited.value.slice(0, -eol.length)) : edited
}

function carryOut(file: OverrideDocument, plan: Plan): Parsed<string> {
  const onlyValues = plan.additions.length === 0 && [...plan.changes.values()].every((entry) => entry !== undefined)
  if (isInLines(file) || (onlyValues && file.entries.length > 0)) return withEntries(file, plan)
  const { tool, entries } = file
  if (entries.length === 0)
    return withList(
      file,
      plan.additions.flatMap((entry) => entryLines(entry, tool)),
    )
  const lines = linesOfFlow(file)
  const text = lines.ok ? withList(file, lines.value) : lines
  const inLines = text.ok ? parseOverride(text.value, tool) : text
  return inLines.ok ? withEntries(inLines.value, plan) : inLines
}

function refused(message: string): EditResult {
  return { kind: 'refused', reason: reasons.targetUnsupported, message }
}
