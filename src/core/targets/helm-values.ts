import { reasons, type Reason } from '../../api/conditions.ts'
import type { EditOf, EditResult, Files } from './edit.ts'
import { parsed, type Parsed } from '../result.ts'
import { desiredIn, type Desired } from './desired.ts'
import type { ListEntry } from './entries.ts'
import { hasMoved, type FileState, type FileWish } from './file-state.ts'
import { stepsOf } from './key-steps.ts'
import { entriesFor, namesOf, type Target } from './values.ts'
import { createKey } from './yaml-create.ts'
import { isTextAt, setKeys, type KeyText } from './yaml-edit.ts'
import { readYaml, scalarText, type YamlFile } from './yaml-file.ts'
import { findKey } from './yaml-find.ts'

/** The values file in which a policy's keys stand. */
export interface ValuesPlace {
  /** From the repository's root. */
  readonly path: string
  readonly target: Target
  /** A key that is missing is created. */
  readonly createKeys: boolean
}

/** Reads what a values file says of the image. Keys that are missing are a fault unless they may be created. */
export function readValues(place: ValuesPlace, files: Files): FileState {
  const opened = open(place, files)
  return 'reason' in opened ? { kind: 'failed', ...opened } : { kind: 'known', carriedDue: false, ...opened.desired }
}

/** An edit of a values file. */
export type ValuesEdit = EditOf<'values', ValuesPlace>

/** The edit that gives the policy's keys their values in a values file, and changes no other byte. */
export function valuesEdit(place: ValuesPlace, wish: FileWish): ValuesEdit {
  return { kind: 'values', path: place.path, reads: [], place, wish }
}

/** Whether one of these keys stands in a values file, or the file can't be read, which has to be told. */
export function concernsKey(text: string, names: readonly string[]): boolean {
  const file = readYaml(text)
  return !file.ok || names.some((name) => findKey(file.value, stepsOf(name)).kind !== 'missing')
}

interface Refusal {
  readonly reason: Reason
  readonly message: string
}

interface Opened {
  readonly file: YamlFile
  readonly desired: Desired
}

function open({ path, target, createKeys }: ValuesPlace, files: Files): Opened | Refusal {
  const text = files.get(path)
  if (text === undefined)
    return { reason: reasons.targetNotFound, message: `there is no file ${path}; set writeBack.git.path` }
  const file = readYaml(text)
  if (!file.ok) return { reason: reasons.targetUnsupported, message: `${path}: ${file.fault}` }
  const entries: ListEntry[] = []
  for (const name of namesOf(target)) {
    const found = findKey(file.value, stepsOf(name))
    if (found.kind === 'wrong') return { reason: reasons.targetUnsupported, message: `${path}: ${found.fault}` }
    if (found.kind === 'missing' && !createKeys)
      return { reason: reasons.targetNotFound, message: `${path}: there is no key ${name}; ${missingAdvice}` }
    // What YAML takes for a number is not the text that is meant, though it may look like it.
    if (found.kind === 'standing')
      entries.push({ name, value: scalarText(found.node), forceString: isTextAt(found.node) })
  }
  return { file: file.value, desired: desiredIn(entries, target) }
}

const missingAdvice = 'write it there, name another in writeBack.helm, or set writeBack.git.createKeys: true'

/** Makes an edit of a values file. */
export function editValues({ place, wish }: ValuesEdit, files: Files): EditResult {
  const opened = open(place, files)
  if ('reason' in opened) return { kind: 'refused', ...opened }
  if (hasMoved(opened.desired, wish)) return { kind: 'moved' }
  const wanted = entriesFor(place.target, wish.to).map(({ name, value }) => ({ key: name, text: value }))
  const created = place.createKeys ? withMissing(opened.file, wanted) : parsed(opened.file)
  const edited = created.ok ? setKeys(created.value, wanted) : created
  if (!edited.ok)
    return { kind: 'refused', reason: reasons.targetUnsupported, message: `${place.path}: ${edited.fault}` }
  const { text, anchors } = edited.value
  return text === opened.file.text ? { kind: 'unchanged' } : { kind: 'edited', text, carried: [], anchors }
}

/** The file with those keys created that are missing. */
function withMissing(file: YamlFile, wanted: readonly KeyText[]): Parsed<YamlFile> {
  let whole = file
  for (const one of wanted) {
    if (findKey(whole, stepsOf(one.key)).kind !== 'missing') continue
    const created = createKey(whole, one)
    const read = created.ok ? readYaml(created.value) : created
    if (!read.ok) return read
    whole = read.value
  }
  return parsed(whole)
}
