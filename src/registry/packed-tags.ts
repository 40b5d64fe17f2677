import { hash } from 'node:crypto'

/** A list of tags in little memory, as one text of a byte a character: thousands are kept, and most are looked at once, when they are new. */
export interface PackedTags {
  readonly count: number
  /** Equal for equal lists. */
  readonly revision: string
  /** Whether it is in the order of bytes, each tag once. */
  readonly isSorted: boolean
  /** The list, made anew each time. */
  unpack(): readonly string[]
}

/** Packs tags, which are ASCII without line ends. */
export function packTags(tags: readonly string[]): PackedTags {
  const packed = Buffer.from(tags.join('\n'), 'latin1')
  return {
    count: tags.length,
    revision: hash('sha256', packed),
    isSorted: tags.every((tag, index) => index === 0 || (tags[index - 1] ?? '') < tag),
    unpack: () => (packed.length === 0 ? [] : packed.toString('latin1').split('\n')),
  }
}
