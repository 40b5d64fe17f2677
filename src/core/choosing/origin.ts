import type { Fields } from '../fields.ts'

/** What an image was built from, as its labels or annotations say. */
export interface Origin {
  /** An https address. */
  readonly source: string
  /** A commit or tag of it. */
  readonly revision: string | undefined
}

const longest = 200

/** Names of labels and annotations (https://specs.opencontainers.org/image-spec/annotations/). */
export const sourceLabel = 'org.opencontainers.image.source'
export const revisionLabel = 'org.opencontainers.image.revision'

/** A host with or without a port, and a path without blanks, quotes, brackets and backslashes, which would end a link for whoever reads it. */
const address = /^https:\/\/[A-Za-z0-9.-]+(?::[0-9]+)?(?:[/?#][!#-&*-;=?-Z_a-z~]*)?$/

/** Reads them. Undefined: there is no source that may be shown: https, short, without user and password. */
export function originIn(labels: Fields): Origin | undefined {
  const source = labels[sourceLabel]
  const revision = labels[revisionLabel]
  if (typeof source !== 'string' || source.length > longest || !address.test(source)) return undefined
  const isShown = typeof revision === 'string' && /^[\w./+-]{1,100}$/.test(revision)
  return { source, revision: isShown ? revision : undefined }
}
