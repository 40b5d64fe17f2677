import { compareBytes } from '../text/compare-bytes.ts'
import { splitImage } from './entries.ts'
import { kustomizationsIn } from './kustomization.ts'
import type { ManifestsSite } from './manifests.ts'
import { imagesOver, plainValue, type FileAt, type Winners } from './winners.ts'
import { membersOf } from './yaml-node.ts'

/** All that may win over the manifests of a kustomization. */
export interface ManifestWinners extends Omit<Winners, 'later'> {
  /** The kustomization that Argo CD renders. */
  readonly rendered: FileAt
  /** The files of `kustomizationsNear` these manifests. */
  readonly near: readonly FileAt[]
}

/** The files that may be the kustomization of which a manifest is a part: those of its folder, and of the folders above it. */
export function kustomizationsNear(path: string): readonly string[] {
  const folders = path.split('/').slice(0, -1)
  const above = folders.map((_, depth) => folders.slice(0, folders.length - depth).join('/'))
  return [...above, ''].flatMap(kustomizationsIn)
}

/** Says what sets the tag or digest of an image so that its manifest does not count; undefined: nothing does. */
export function manifestWinner(sites: readonly ManifestsSite[], winners: ManifestWinners): string | undefined {
  const near = new Map(winners.near.map(({ path, text }) => [path, text]))
  const last = entriesOver(winners)
  for (const { path, kustomizeName } of sites) {
    if (kustomizeName === undefined) continue
    const nearest = kustomizationsNear(path).find((file) => near.get(file) !== undefined)
    const first = nearest === undefined ? [] : entriesBefore({ path: nearest, text: near.get(nearest) }, winners)
    const winner = lastToSet(kustomizeName, [...first, ...last])
    if (winner !== undefined) return sentence(path, kustomizeName, winner)
  }
  return undefined
}

/** An entry of `images`, and what to do about it. */
interface ImageEntry {
  readonly name: string
  readonly newName: string
  readonly sets: boolean
  readonly where: string
  readonly instead: string
}

function sentence(path: string, name: string, { where, instead }: ImageEntry): string {
  return `${name} is set by ${where}, which wins over ${path}; take the entry out there, or write there: ${instead}`
}

/** Each entry is given what the ones before it have made of the image. */
function lastToSet(image: string, entries: readonly ImageEntry[]): ImageEntry | undefined {
  let name = image
  let winner: ImageEntry | undefined
  for (const entry of entries) {
    if (entry.name !== name) continue
    if (entry.sets) winner = entry
    if (entry.newName !== '') name = entry.newName
  }
  return winner
}

/** Those of a base, which are applied before the ones of what is rendered. */
function entriesBefore(nearest: FileAt, { rendered }: ManifestWinners): readonly ImageEntry[] {
  const isRendered = nearest.path === rendered.path && nearest.text === rendered.text
  return isRendered ? [] : entriesIn(nearest)
}

/**
 * Those of the kustomization that is rendered, after Argo CD has set its own by `kustomize edit set image`: an entry of the same
 * name is replaced, and all are sorted.
 */
function entriesOver(winners: ManifestWinners): readonly ImageEntry[] {
  const inFile = entriesIn(winners.rendered)
  const { where, images } = imagesOver(winners) ?? {}
  if (where === undefined || images === undefined) return inFile
  const isFile = [winners.override, winners.folderOverride].some(({ path }) => path === where)
  const instead = isFile ? 'writeBack.git.target: override' : 'writeBack.method: argocd, or git.target: override'
  const set = images.map((text) => entrySet(text, { where, instead }, inFile))
  const kept = inFile.filter(({ name }) => set.every((entry) => entry.name !== name))
  return [...kept, ...set].toSorted((a, b) => compareBytes(a.name, b.name))
}

/** A `*` stands for what the file's entry of that name has. */
function entrySet(
  text: string,
  origin: Pick<ImageEntry, 'where' | 'instead'>,
  inFile: readonly ImageEntry[],
): ImageEntry {
  const { name, tag, digest } = splitImage(text)
  const { newName: keptName, ...kept } = inFile.find((entry) => entry.name === name) ?? { newName: '', sets: false }
  const given = text.includes('=') ? splitImage(text.slice(text.indexOf('=') + 1)).name : ''
  const newName = given === '*' ? keptName : given
  if ([tag, digest].includes('*')) return { ...origin, ...kept, name, newName }
  return { ...origin, name, newName, sets: tag !== '' || digest !== '' }
}

function entriesIn({ path, text }: FileAt): readonly ImageEntry[] {
  const { images } = membersOf(plainValue(text))
  if (!Array.isArray(images)) return []
  return images.map((image) => {
    const { name, newName, newTag, digest } = membersOf(image)
    const sets = [newTag, digest].some((part) => textOf(part) !== '')
    const instead = `writeBack.git.target: kustomization, with path: /${path}`
    return { name: textOf(name), newName: textOf(newName), sets, where: `images of ${path}`, instead }
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
