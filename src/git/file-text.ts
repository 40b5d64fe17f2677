import { reasons, type Reason } from '../api/conditions.ts'
import { attributePaths, attributesFault, attributesFrom, type Attributes } from '../core/git/attributes.ts'
import { largestTextFile, textFileFault } from '../core/targets/text-file.ts'
import type { GitObject } from './objects/git-object.ts'
import { locate, type Place } from './snapshot.ts'
import type { ObjectSource } from './objects/object-source.ts'

/** A file as text, with its mode; or nothing; or something that is not read, and why. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string; readonly mode: string }
  /** `fault`: why it can't be made. */
  | { readonly kind: 'absent'; readonly fault?: string | undefined }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

/** Reads files of a commit's tree, with what `.gitattributes` say of them: the trees level by level, then all files in one request. */
export async function readTexts(
  source: ObjectSource,
  root: string,
  paths: Iterable<string>,
): Promise<ReadonlyMap<string, FileText>> {
  const wanted = [...new Set(paths)]
  const places = await locate(source, root, [...wanted, ...wanted.flatMap(attributePaths)])
  const oids = [...places.values()].flatMap((place) => (place.kind === 'file' ? [place.oid] : []))
  const blobs = await source.blobs(oids)
  const texts = new Map([...places].map(([path, place]) => [path, textAt(path, place, blobs)]))
  const attributesOf = attributesFrom((path) => {
    const file = texts.get(path)
    return file?.kind === 'text' ? file.text : undefined
  })
  return new Map(wanted.map((path) => [path, withAttributes(path, texts.get(path), attributesOf(path))]))
}

function withAttributes(path: string, file: FileText = { kind: 'absent' }, attributes: Attributes): FileText {
  if (file.kind === 'refused') return file
  const fault = attributesFault(path, attributes)
  if (fault === undefined) return file
  return file.kind === 'absent'
    ? { ...file, fault }
    : { kind: 'refused', reason: reasons.targetUnsupported, message: fault }
}

function textAt(path: string, place: Place, blobs: ReadonlyMap<string, GitObject>): FileText {
  if (place.kind !== 'file') return place
  const content = blobs.get(place.oid)?.content
  const size = content?.length ?? Infinity
  const text = content === undefined || size > largestTextFile ? undefined : decode(content)
  const fault = textFileFault(path, size, text)
  if (text === undefined || fault !== undefined)
    return { kind: 'refused', reason: reasons.targetUnsupported, message: fault ?? '' }
  return { kind: 'text', text, mode: place.mode }
}

/** Undefined: it could not be written back byte for byte. A byte-order mark stays in the text. */
function decode(content: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return undefined
  }
}
