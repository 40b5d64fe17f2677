import type { ApplicationSource } from '../applications/application.ts'
import type { Tool } from './source.ts'

/**
 * An entry of the list by which a source is given its images: a Helm parameter, or an image of Kustomize. Of the latter
 * `value` is the whole text, `name` what stands before `=`, the tag or the digest, and `forceString` is false.
 */
export interface ListEntry {
  readonly name: string
  readonly value: string
  readonly forceString: boolean
}

/** The list in an Application's source; undefined where the Application has none. */
export function entriesOf(source: ApplicationSource, tool: Tool): readonly ListEntry[] | undefined {
  switch (tool) {
    case 'helm':
      return source.helm?.parameters?.map(({ name, value, forceString = false }) => ({ name, value, forceString }))
    case 'kustomize':
      return source.kustomize?.images?.map(imageEntry)
  }
}

/** An image of Kustomize as an entry: `NAME[=NEW][:TAG][@DIGEST]`. */
export function imageEntry(text: string): ListEntry {
  return { name: splitImage(text).name, value: text, forceString: false }
}

/** What an image of Kustomize consists of; `tag` and `digest` are empty where it has none. */
export function splitImage(text: string): { name: string; tag: string; digest: string } {
  const equals = text.indexOf('=')
  const image = text.slice(equals + 1)
  const at = image.indexOf('@')
  const tagged = at < 0 ? image : image.slice(0, at)
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1)
  return {
    name: equals >= 0 ? text.slice(0, equals) : colon < 0 ? tagged : tagged.slice(0, colon),
    tag: colon < 0 ? '' : tagged.slice(colon + 1),
    digest: at < 0 ? '' : image.slice(at + 1),
  }
}

/** The entry of a name that counts: Helm and Kustomize let the last one win. */
export function lastNamed<Entry extends ListEntry>(entries: readonly Entry[], name: string): Entry | undefined {
  return entries.findLast((entry) => entry.name === name)
}

/** Each name once, with the entry that counts, in the order of first appearance. */
export function distinct<Entry extends ListEntry>(entries: readonly Entry[]): readonly Entry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()]
}
