import { parseImageValue } from '../image-value.ts'
import { parseReference, sameRepository } from '../reference.ts'
import type { ImageSite, SiteOwner } from './image-sites.ts'
import { scalarText } from './yaml-file.ts'

/** What the text of one place depends on besides it. */
export interface SiteScope {
  readonly owner: SiteOwner
  /** The digest has a place of its own. */
  readonly isApart: boolean
}

/** The value that a place says, a part its part of it; undefined: none. */
export function valueAt({ kind, node }: ImageSite): string | undefined {
  const text = scalarText(node)
  if (kind === 'name' || text === '') return undefined
  if (kind === 'digest') return `@${text}`
  return kind === 'tag' ? text : versionIn(text)
}

/** What is to stand at a place for a value; what stands there already where the value does not tell. */
export function textAt({ kind, node }: ImageSite, value: string, { owner, isApart }: SiteScope): string {
  const text = scalarText(node)
  const { tag, digest } = parseImageValue(value)
  switch (kind) {
    case 'name':
      return isOurs(text, owner) ? text : owner.image.written
    case 'digest':
      return digest ?? text
    case 'tag':
      return tag === undefined ? text : `${tag}${isApart ? '' : behind('@', digest)}`
    case 'image':
      return `${nameFor(text, owner)}${behind(':', tag)}${behind('@', digest)}`
  }
}

/** As it is spelled there, where it is the policy's. */
function nameFor(text: string, owner: SiteOwner): string {
  const reference = parseReference(text)
  return reference.ok && isOurs(text, owner) ? reference.value.repository.written : owner.image.written
}

function isOurs(text: string, { image }: SiteOwner): boolean {
  const reference = parseReference(text)
  return reference.ok && sameRepository(reference.value.repository, image)
}

function versionIn(text: string): string | undefined {
  const reference = parseReference(text)
  if (!reference.ok) return undefined
  const { tag = '', digest } = reference.value
  return `${tag}${behind('@', digest)}` || undefined
}

function behind(mark: string, part: string | undefined): string {
  return part === undefined ? '' : `${mark}${part}`
}
