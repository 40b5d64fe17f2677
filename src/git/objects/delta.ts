import { GitFault } from '../wire/git-fault.ts'

/** Applies a delta of a pack to its base (gitformat-pack, "Deltified representation"). Throws a GitFault when the two do not fit. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const baseSize = readSize(delta, 0)
  const size = readSize(delta, baseSize.next)
  if (baseSize.value !== base.length) throw broken()
  const parts: Buffer[] = []
  let at = size.next
  let length = 0
  // A few bytes can copy megabytes: the sum is watched before anything is put together.
  while (at < delta.length && length <= size.value) {
    const instruction = byteAt(delta, at)
    const part = (instruction & 0x80) === 0 ? insertion(delta, at) : copy(base, delta, at)
    parts.push(part.bytes)
    length += part.bytes.length
    at = part.next
  }
  if (length !== size.value || at !== delta.length) throw broken()
  return Buffer.concat(parts)
}

/** The size in bytes that a delta says its result has. */
export function deltaResultSize(delta: Buffer): number {
  return readSize(delta, readSize(delta, 0).next).value
}

const broken = () => new GitFault('broke', 'its pack holds a delta that does not fit its base')

function byteAt(bytes: Buffer, at: number): number {
  const byte = bytes[at]
  if (byte === undefined) throw broken()
  return byte
}

function insertion(delta: Buffer, at: number): { bytes: Buffer; next: number } {
  const length = byteAt(delta, at)
  const next = at + 1 + length
  if (length === 0 || next > delta.length) throw broken()
  return { bytes: delta.subarray(at + 1, next), next }
}

function copy(base: Buffer, delta: Buffer, at: number): { bytes: Buffer; next: number } {
  const instruction = byteAt(delta, at)
  let next = at + 1
  // Seven bits say which bytes of offset (four) and length (three) follow; the others are zero.
  const read = (bit: number): number => {
    if ((instruction & (1 << bit)) === 0) return 0
    next += 1
    return byteAt(delta, next - 1)
  }
  const offset = read(0) + read(1) * 0x100 + read(2) * 0x10000 + read(3) * 0x1000000
  const length = read(4) + read(5) * 0x100 + read(6) * 0x10000 || 0x10000
  if (offset + length > base.length) throw broken()
  return { bytes: base.subarray(offset, offset + length), next }
}

function readSize(bytes: Buffer, start: number): { value: number; next: number } {
  let value = 0
  let factor = 1
  for (let at = start; ; at += 1) {
    const byte = byteAt(bytes, at)
    value += (byte & 0x7f) * factor
    if (!Number.isSafeInteger(value)) throw broken()
    if ((byte & 0x80) === 0) return { value, next: at + 1 }
    factor *= 128
  }
}
