import { createHash } from 'node:crypto'

const lengths: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 }

/** Whether text is a digest (OCI image-spec, "Digests"); an unknown algorithm counts, one that can't be computed here. */
export function isDigest(text: string): boolean {
  const [, algorithm = '', encoded = ''] = /^([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)$/.exec(text) ?? []
  const length = lengths[algorithm]
  if (length === undefined) return encoded !== '' && text.length <= 200
  return encoded.length === length && /^[0-9a-f]+$/.test(encoded)
}

/** Whether text is a digest by which clusters pull, and which can be verified. */
export function isUsualDigest(text: string): boolean {
  return isDigest(text) && Object.hasOwn(lengths, text.split(':')[0] ?? '')
}

/** The digest of what a registry sent. */
export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** Whether content has a digest; false also for an algorithm that can't be computed here. */
export function hasDigest(content: Uint8Array, digest: string): boolean {
  const algorithm = digest.split(':')[0] ?? ''
  if (!Object.hasOwn(lengths, algorithm)) return false
  return digest === `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`
}
