import { isCollection, isMap, isPair, isScalar, isSeq, visit, type Document, type Node, type Scalar } from 'yaml'
import { parseReference, sameRepository, type Repository } from '../reference.ts'
import { lineOf, scalarText, type YamlFile } from './yaml-file.ts'

/** What a place in a manifest takes: the whole image, or one of its parts (by a comment marker). */
export type SiteKind = 'image' | 'tag' | 'name' | 'digest'

/** A scalar in which an image, or a part of it, stands. */
export interface ImageSite {
  readonly kind: SiteKind
  readonly node: Scalar
  readonly flow: boolean
  /** Where it stands in its file: the keys from the top, and the document's number where there are several. */
  readonly at: string
  /** It is one that `images` of a kustomization reach. */
  readonly kustomized: boolean
  /** Says why it can't be changed where it stands; undefined: it can. */
  readonly objection: (() => string) | undefined
}

/** Whose image it is: its repository, and `namespace:name` of the policy, as markers spell it. */
export interface SiteOwner {
  readonly image: Repository
  readonly marker: string
}

/**
 * Finds where a policy's image stands in a file: `image` of containers of its repository in Kubernetes objects, wherever these
 * are, and scalars that a comment `# {"$imagepolicy": "namespace:name[:tag|:name|:digest]"}` gives to it. What a comment
 * gives to another policy is left alone.
 */
export function imageSites(file: YamlFile, owner: SiteOwner): readonly ImageSite[] {
  const sites = file.documents.flatMap((document) => sitesIn(file, document, owner))
  const edited = new Set(sites.filter(({ objection }) => objection === undefined).map(({ node }) => node))
  // An alias follows where its anchor is a place of the image, too.
  return sites.filter(({ objection, node }) => objection === undefined || !edited.has(node))
}

function sitesIn(file: YamlFile, document: Document<Node>, owner: SiteOwner): readonly ImageSite[] {
  const sites: ImageSite[] = []
  const isManifest = isObject(document)
  // An alias stands for the last anchor of its name before it.
  const anchored = new Map<string, { readonly node: Scalar; readonly at: () => string }>()
  const nth = file.documents.length > 1 ? file.documents.indexOf(document) : undefined
  visit(document, {
    Scalar: (key, node, path) => {
      const at = () => placeOf(node, path, nth)
      if (node.anchor !== undefined) anchored.set(node.anchor, { node, at })
      if (key === 'key') return
      const marker = markerAt(file, node)
      const kind = marker?.kind ?? 'image'
      const kustomized = kind === 'image' && isManifest && isKustomized(path)
      const flow = path.some((parent) => isCollection(parent) && parent.flow === true)
      const isOurs =
        marker === undefined
          ? isManifest && isContainerImage(path) && isOf(node, owner)
          : marker.policy === owner.marker
      if (isOurs) sites.push({ kind, node, flow, at: at(), kustomized, objection: blockObjection(file, node) })
    },
    Alias: (key, alias, path) => {
      const { node, at } = anchored.get(alias.source) ?? {}
      if (node === undefined || key !== 'value' || !isManifest || !isContainerImage(path) || !isOf(node, owner)) return
      const objection = () =>
        `line ${lineOf(file, alias)}: image is an alias of &${alias.source} in line ${lineOf(file, node)}; write it out here`
      const kustomized = isKustomized(path)
      sites.push({ kind: 'image', node, flow: false, at: at?.() ?? '', kustomized, objection })
    },
  })
  return sites
}

/** The keys and indices that lead to a scalar. */
function placeOf(scalar: Scalar, path: readonly unknown[], nth: number | undefined): string {
  const steps = path.flatMap((parent, depth) => {
    const child = path[depth + 1] ?? scalar
    if (isPair(parent)) return [isScalar(parent.key) ? String(parent.key.value) : '?']
    return isSeq(parent) ? [String(parent.items.indexOf(child))] : []
  })
  return `${nth === undefined ? '' : `document ${nth + 1}: `}${steps.join('.')}`
}

const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers'])

function isContainerImage(path: readonly unknown[]): boolean {
  const [list, , , image] = path.slice(-4)
  return path.length >= 4 && keyOf(image) === 'image' && containerLists.has(keyOf(list) ?? '')
}

/** Kustomize leaves ephemeral containers alone. */
function isKustomized(path: readonly unknown[]): boolean {
  return isContainerImage(path) && keyOf(path.at(-4)) !== 'ephemeralContainers'
}

function keyOf(pair: unknown): string | undefined {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.source) : undefined
}

/** What says of itself what it is, also a List and a custom resource. */
function isObject({ contents }: Document<Node>): boolean {
  return isMap(contents) && contents.has('apiVersion') && contents.has('kind')
}

function isOf(node: Scalar, { image }: SiteOwner): boolean {
  const reference = parseReference(scalarText(node))
  return reference.ok && sameRepository(reference.value.repository, image)
}

/** The marker behind a scalar on its line. */
function markerAt({ text }: YamlFile, { range }: Scalar): { policy: string; kind: SiteKind } | undefined {
  const [, end = 0] = range ?? []
  const newline = text.indexOf('\n', end)
  const rest = text.slice(end, newline < 0 ? undefined : newline)
  const [, json = ''] = /^[ \t]*#\s*(\{.*\})\s*$/.exec(rest) ?? []
  const [, policy, kind = 'image'] =
    /^\{\s*"\$imagepolicy"\s*:\s*"([^":]+:[^":]+)(?::(tag|name|digest))?"\s*\}$/.exec(json) ?? []
  return policy === undefined ? undefined : { policy, kind: kind as SiteKind }
}

function blockObjection(file: YamlFile, node: Scalar): ImageSite['objection'] {
  if (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') return undefined
  return () => `line ${lineOf(file, node)}: the image is a block of lines (| or >); write it in one line`
}
