import { hash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** A list of tags in little memory: thousands are kept, and most are looked at once, when they are new. */
export interface PackedTags {
  readonly count: number
  /** Equal for equal lists. */
  readonly revision: string
  /** The list; while somebody has it, it is the same object. */
  unpack(): readonly string[]
}

/** Fast rather than small: it is to take less than what it saves the collector of garbage. */
const level = 1

/** Packs tags, which are ASCII without line ends. */
export function packTags(tags: readonly string[]): PackedTags {
  const text = tags.join('\n')
  // A copy: what deflates answers with a part of a buffer of many times the size.
  const packed = Buffer.from(deflateRawSync(text, { level }))
  let unpacked = new WeakRef(tags)
  return {
    count: tags.length,
    revision: hash('sha256', text),
    unpack: () => {
      const known = unpacked.deref()
      if (known !== undefined) return known
      const again = listIn(packed)
      unpacked = new WeakRef(again)
      return again
    },
  }
}

function listIn(packed: Buffer): readonly string[] {
  const text = inflateRawSync(packed).toString('latin1')
  return text === '' ? [] : text.split('\n')
}
