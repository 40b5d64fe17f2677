import { reasons } from '../../api/conditions.ts'
import type { DigestMode } from '../../api/v1alpha1.ts'
import type { EditOf, EditResult, Files } from './edit.ts'
import { lastSegment } from '../reference.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import type { Desired } from './desired.ts'
import { splitImage } from './entries.ts'
import { hasMoved, type FileState, type FileWish } from './file-state.ts'
import { imageSites, type ImageSite, type SiteOwner } from './image-sites.ts'
import { textAt, valueAt, type SiteScope } from './site-text.ts'
import { isTextAt, setScalars } from './yaml-edit.ts'
import { lineOf, readYaml, scalarText, type YamlFile } from './yaml-file.ts'

/** The manifests in which a policy's image is looked for. */
export interface ManifestsPlace {
  /** As it is told: a folder or a file, from the repository's root. */
  readonly folder: string
  /** The files, from the repository's root. */
  readonly paths: readonly string[]
  readonly owner: SiteOwner
  readonly digest: DigestMode
}

/** What was found in manifests: what they say of the image, the files that it stands in, and the scalars that are the policy's. */
export interface ManifestsRead {
  readonly state: FileState
  readonly holding: readonly string[]
  /** What conflicts are judged by. */
  readonly sites: readonly ManifestsSite[]
}

/** A scalar that a policy writes: where in which file. */
export interface ManifestsSite {
  readonly path: string
  readonly at: string
  /** The image's name as it is spelled there, where `images` of a kustomization reach it. */
  readonly kustomizeName: string | undefined
}

/** Reads what manifests say of the image; that it stands in none of them is a fault. */
export function readManifests(place: ManifestsPlace, files: Files): ManifestsRead {
  const looked = look(place, files)
  const sites = looked.found.map(({ path, site }) => ({
    path,
    at: site.at,
    kustomizeName: site.kustomized ? splitImage(scalarText(site.node)).name : undefined,
  }))
  return { state: stateOf(place, looked), holding: [...new Set(sites.map(({ path }) => path))], sites }
}

function stateOf(place: ManifestsPlace, { found, skipped }: Looked): FileState {
  const wrong = unwritable(place, found)
  if (wrong !== undefined) return { kind: 'failed', reason: reasons.targetUnsupported, message: wrong }
  if (found.length > 0) return { kind: 'known', carriedDue: false, ...desiredOf(found, place.owner) }
  const also = skipped === 0 ? '' : `; ${skipped} of these are no YAML (templates, perhaps) and were skipped`
  const message = `no container has image ${place.owner.image.written} in YAML files at ${place.folder || '/'} (${place.paths.length} looked at${also})`
  return { kind: 'failed', reason: reasons.targetNotFound, message }
}

/** A digest that stays while the tag beside it changes is that of another image. */
function unwritable({ digest }: ManifestsPlace, found: readonly FoundSite[]): string | undefined {
  const pinned = digest === 'never' ? found.find(({ site }) => site.kind === 'digest') : undefined
  if (pinned === undefined) return undefined
  const { path, file, site } = pinned
  return `${path}: line ${lineOf(file, site.node)}: the comment asks for a digest, but none is written; set writeBack.digest: withTag`
}

/** An edit of manifests. */
export type ManifestsEdit = EditOf<'manifests', ManifestsPlace>

/** The edit that gives the image its tag or digest wherever it stands in these files; `paths` may not be empty. */
export function manifestsEdit(place: ManifestsPlace, wish: FileWish): ManifestsEdit {
  const [path = '', ...reads] = place.paths
  return { kind: 'manifests', path, reads, place, wish }
}

interface Looked {
  readonly found: readonly FoundSite[]
  readonly skipped: number
}

interface FoundSite {
  readonly path: string
  readonly file: YamlFile
  readonly site: ImageSite
}

/** Whether the digest has a place of its own, so that it does not stand behind the tag. */
function isApart(found: readonly FoundSite[]): boolean {
  return found.some(({ site }) => site.kind === 'digest')
}

/** Of many files only those are read that have the image's name, or a marker, in them; where that finds nothing, all. */
function look(place: ManifestsPlace, files: Files): Looked {
  const hints = [lastSegment(place.owner.image), '$imagepolicy']
  const paths = place.paths.filter((path) => hints.some((hint) => files.get(path)?.includes(hint) === true))
  const likely = lookIn({ ...place, paths }, files)
  return likely.found.length > 0 ? likely : lookIn(place, files)
}

function lookIn({ paths, owner, digest }: ManifestsPlace, files: Files): Looked {
  let skipped = 0
  const found = paths.flatMap((path) => {
    const file = readYaml(files.get(path) ?? '')
    if (!file.ok) skipped += 1
    if (!file.ok) return []
    const sites = imageSites(file.value, owner).filter(({ kind }) => digest !== 'only' || kind !== 'tag')
    return sites.map((site) => ({ path, file: file.value, site }))
  })
  return { found, skipped }
}

function desiredOf(found: readonly FoundSite[], owner: SiteOwner): Desired {
  const said = found.map(({ site }) => valueAt(site))
  const [digest] = found.flatMap((one, nth) => (one.site.kind === 'digest' ? [said[nth] ?? ''] : []))
  const whole = said.find((_, nth) => found[nth]?.site.kind === 'image')
  const value = whole ?? (`${said.find((_, nth) => found[nth]?.site.kind === 'tag') ?? ''}${digest ?? ''}` || undefined)
  if (value === undefined) return { value, complete: false, values: said }
  const isSaid = found.map(
    (one) => textAt(one.site, value, { owner, isApart: isApart(found) }) === scalarText(one.site.node),
  )
  const complete = found.every(({ site }, nth) => isSaid[nth] === true && isTextAt(site.node))
  return { value, complete, values: said.map((each, nth) => (isSaid[nth] === true ? value : each)) }
}

/** Makes an edit of manifests. */
export function editManifests({ place, wish }: ManifestsEdit, files: Files): EditResult {
  const { found } = look(place, files)
  const isGone = place.paths.some((path) => files.get(path) === undefined)
  const wrong = unwritable(place, found)
  if (wrong !== undefined) return { kind: 'refused', reason: reasons.targetUnsupported, message: wrong }
  if (isGone || found.length === 0 || hasMoved(desiredOf(found, place.owner), wish)) return { kind: 'moved' }
  const [first = ''] = place.paths
  const texts = new Map<string, string>()
  const anchors: string[] = []
  for (const path of new Set(found.map((one) => one.path))) {
    const edited = editFile(
      found.filter((one) => one.path === path),
      wish.to,
      { owner: place.owner, isApart: isApart(found) },
    )
    if (!edited.ok) return { kind: 'refused', reason: reasons.targetUnsupported, message: `${path}: ${edited.fault}` }
    anchors.push(...edited.value.anchors)
    if (edited.value.text !== files.get(path)) texts.set(path, edited.value.text)
  }
  if (texts.size === 0) return { kind: 'unchanged' }
  return { kind: 'edited', text: texts.get(first) ?? files.get(first) ?? '', others: texts, carried: [], anchors }
}

function editFile(
  sites: readonly FoundSite[],
  to: string,
  all: SiteScope,
): Parsed<{ text: string; anchors: readonly string[] }> {
  const [first] = sites
  if (first === undefined) return fault('nothing stands there')
  const changes = sites.map(({ site }) => ({ ...site, text: textAt(site, to, all) }))
  const due = changes.filter(({ node, text }) => scalarText(node) !== text || !isTextAt(node))
  const objection = due.find((change) => change.objection !== undefined)?.objection
  if (objection !== undefined) return fault(objection())
  return due.length === 0 ? parsed({ text: first.file.text, anchors: [] }) : setScalars(first.file, due)
}
