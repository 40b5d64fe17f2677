import { isSeq, type Node } from 'yaml'
import { reasons, type Reason } from '../../api/conditions.ts'
import type { EditOf, EditResult, Files } from './edit.ts'
import { parseImageValue } from '../image-value.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import { desiredIn, type Desired } from './desired.ts'
import { hasMoved, type FileState, type FileWish } from './file-state.ts'
import { keyOf } from './key-steps.ts'
import type { Target } from './values.ts'
import { appendEntry } from './yaml-append.ts'
import { createKey } from './yaml-create.ts'
import { isTextAt, setKeys } from './yaml-edit.ts'
import { hasManyDocuments, lineOf, readYaml, scalarText, type YamlFile } from './yaml-file.ts'
import { findKey, type Found } from './yaml-find.ts'
import { removeKey } from './yaml-remove.ts'

/** The names that Kustomize looks for, in its order. */
export const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const

/** The files that may be the kustomization of a folder, in Kustomize's order; the folder without a slash at either end. */
export function kustomizationsIn(folder: string): readonly [string, ...string[]] {
  const [first, ...others] = kustomizationNames
  const within = (name: string) => (folder === '' ? name : `${folder}/${name}`)
  return [within(first), ...others.map(within)]
}

/** The kustomization file in whose `images` a policy's image stands. */
export interface KustomizationPlace {
  /** From the repository's root. */
  readonly path: string
  readonly target: Target
}

/** Reads what a kustomization says of the image; an entry that is missing is nothing desired yet. */
export function readKustomization(place: KustomizationPlace, files: Files): FileState {
  const opened = open(place, files)
  return 'reason' in opened ? { kind: 'failed', ...opened } : { kind: 'known', carriedDue: false, ...opened.desired }
}

/** An edit of a kustomization file. */
export type KustomizationEdit = EditOf<'kustomization', KustomizationPlace>

/** The edit that gives the image's entry its newTag and digest (and newName), and adds the entry where it is missing. */
export function kustomizationEdit(place: KustomizationPlace, wish: FileWish): KustomizationEdit {
  return { kind: 'kustomization', path: place.path, reads: [], place, wish }
}

interface Refusal {
  readonly reason: Reason
  readonly message: string
}

interface Opened {
  readonly file: YamlFile
  /** Index in `images`; undefined: there is no entry. */
  readonly index: number | undefined
  readonly desired: Desired
}

function open({ path, target }: KustomizationPlace, files: Files): Opened | Refusal {
  const text = files.get(path)
  if (text === undefined) return { reason: reasons.targetNotFound, message: `there is no file ${path}` }
  const read = readYaml(text)
  const index = read.ok ? indexIn(read.value, target.kustomizeName) : read
  if (!read.ok || !index.ok)
    return { reason: reasons.targetUnsupported, message: `${path}: ${index.ok ? '' : index.fault}` }
  const file = read.value
  return { file, index: index.value, desired: desiredOf(file, index.value, target) }
}

/** Where the entry of a name stands. Two of them are ambiguous: Kustomize applies both. */
function indexIn(file: YamlFile, name: string): Parsed<number | undefined> {
  if (hasManyDocuments(file)) return fault('a second document begins; Kustomize reads only one')
  const list = file.documents[0]?.get('images', true)
  if (!isSeq<Node>(list)) return parsed(undefined)
  const named = list.items.flatMap((_, index) => (textOf(at(file, index, 'name')) === name ? [index] : []))
  const [first, second] = named
  if (second === undefined) return parsed(first)
  return fault(`line ${lineOf(file, list.items[second])}: images has ${name} twice; leave one`)
}

function at(file: YamlFile, index: number, member: string): Found {
  return findKey(file, ['images', index, member])
}

function textOf(found: Found): string {
  return found.kind === 'standing' ? scalarText(found.node) : ''
}

function desiredOf(file: YamlFile, index: number | undefined, target: Target): Desired {
  if (index === undefined) return { value: undefined, complete: false, values: [undefined] }
  const { kustomizeName, image } = target
  const [newName, newTag, digest] = ['newName', 'newTag', 'digest'].map((member) => at(file, index, member))
  const [tag, pin] = [newTag, digest].map((found) => (found === undefined ? '' : textOf(found)))
  // Where nothing is renamed by the policy, a name of the file's own is none of its business.
  const renamed = kustomizeName === image.written || newName === undefined ? '' : textOf(newName)
  const value = `${kustomizeName}${renamed === '' ? '' : `=${renamed}`}${tag ? `:${tag}` : ''}${pin ? `@${pin}` : ''}`
  const desired = desiredIn([{ name: kustomizeName, value, forceString: false }], target)
  // Kustomize reads no number as a tag.
  const isText = newTag?.kind !== 'standing' || textOf(newTag) === '' || isTextAt(newTag.node)
  return { ...desired, complete: desired.complete && isText }
}

/** Makes an edit of a kustomization file. */
export function editKustomization({ place, wish }: KustomizationEdit, files: Files): EditResult {
  const opened = open(place, files)
  if ('reason' in opened) return { kind: 'refused', ...opened }
  if (hasMoved(opened.desired, wish)) return { kind: 'moved' }
  const { tag, digest } = parseImageValue(wish.to)
  const { kustomizeName, image } = place.target
  const newName = kustomizeName === image.written ? undefined : image.written
  const edited = edit(opened, { name: kustomizeName, newName, newTag: tag, digest })
  if (!edited.ok)
    return { kind: 'refused', reason: reasons.targetUnsupported, message: `${place.path}: ${edited.fault}` }
  const { text, anchors } = edited.value
  return text === opened.file.text ? { kind: 'unchanged' } : { kind: 'edited', text, carried: [], anchors }
}

interface Entry {
  readonly name: string
  readonly newName: string | undefined
  readonly newTag: string | undefined
  readonly digest: string | undefined
}

interface Edited {
  readonly text: string
  readonly anchors: readonly string[]
}

function edit({ file, index }: Opened, { name, newName, newTag, digest }: Entry): Parsed<Edited> {
  const members = [
    ['newName', newName],
    ['newTag', newTag],
    ['digest', digest],
  ] as const
  const wanted = members.flatMap(([member, text]) => (text === undefined ? [] : [[member, text] as const]))
  if (index === undefined) {
    const added = appendEntry(file, 'images', [['name', name], ...wanted])
    return added.ok ? parsed({ text: added.value, anchors: [] }) : added
  }
  const gone = members
    .filter(([member, text]) => text === undefined && member !== 'newName')
    .map(([member]) => member)
    .filter((member) => at(file, index, member).kind !== 'missing')
  return change(file, index, { wanted, gone })
}

function change(
  file: YamlFile,
  index: number,
  { wanted, gone }: { wanted: readonly (readonly [string, string])[]; gone: readonly string[] },
): Parsed<Edited> {
  const keys = wanted.map(([member, text]) => ({ key: keyOf(['images', index, member]), text }))
  let whole = file
  for (const one of keys.filter((_, nth) => at(whole, index, wanted[nth]?.[0] ?? '').kind === 'missing')) {
    const next = readAfter(createKey(whole, one))
    if (!next.ok) return next
    whole = next.value
  }
  const set = setKeys(whole, keys)
  if (!set.ok) return set
  const text = withoutMembers(set.value.text, index, gone)
  return text.ok ? parsed({ text: text.value, anchors: set.value.anchors }) : text
}

function withoutMembers(text: string, index: number, gone: readonly string[]): Parsed<string> {
  let left = text
  for (const member of gone) {
    const file = readYaml(left)
    const next = file.ok ? removeKey(file.value, ['images', index, member]) : file
    if (!next.ok) return next
    left = next.value
  }
  return parsed(left)
}

function readAfter(text: Parsed<string>): Parsed<YamlFile> {
  return text.ok ? readYaml(text.value) : text
}
