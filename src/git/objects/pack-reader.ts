import { createHash } from 'node:crypto'
import { crc32, inflateSync } from 'node:zlib'
import { LRUCache } from 'lru-cache'
import { applyDelta, deltaResultSize } from './delta.ts'
import { GitFault } from '../wire/git-fault.ts'
import { gitObject, objectTypes, type GitObject, type ObjectType } from './git-object.ts'

/** An object of a pack, and where it stands there. */
export interface PackedObject extends GitObject {
  readonly offset: number
  readonly crc: number
}

interface Entry {
  readonly offset: number
  readonly crc: number
  readonly end: number
  readonly kind: ObjectType | { readonly base: number } | { readonly baseOid: string }
  /** The object's content, or the delta. */
  readonly data: Buffer
}

interface Raw {
  readonly type: ObjectType
  readonly content: Buffer
}

const longestChain = 4096
const keptForDeltas = 32 * 1024 * 1024

/** How many bytes may come out of a pack, and out of one of its objects. */
export interface PackLimits {
  readonly inflated: number
  readonly object: number
}

/**
 * The objects of a pack (gitformat-pack), each as soon as it is known. Everything is checked: the pack's own hash, the
 * sizes it states, and the limits. Throws a GitFault. Deltas whose base is not in the pack are refused, for none are
 * asked for.
 */
export function* readPack(pack: Buffer, limits: PackLimits): Generator<PackedObject> {
  const count = readHeader(pack)
  const known = new Map<string, number>()
  const reader = openReader(pack, limits, known)
  const waits = ({ kind }: Entry) => typeof kind === 'object' && 'baseOid' in kind && !known.has(kind.baseOid)
  const late: Entry[] = []
  let at = 12
  for (let index = 0; index < count; index += 1) {
    const entry = reader.entryAt(at)
    at = entry.end
    if (waits(entry)) late.push(entry)
    else yield found(entry)
  }
  if (at !== pack.length - 20) throw new GitFault('broke', 'its pack holds something that is no object')
  // A delta may name a base that comes after it.
  while (late.length > 0) {
    const ready = late.findIndex((entry) => !waits(entry))
    const [entry] = ready < 0 ? [] : late.splice(ready, 1)
    if (entry === undefined) throw new GitFault('broke', 'its pack lacks the base of a delta')
    yield found(entry)
  }

  function found(entry: Entry): PackedObject {
    const { type, content } = reader.resolve(entry, 0)
    const object = gitObject(type, content)
    known.set(object.oid, entry.offset)
    return { ...object, offset: entry.offset, crc: entry.crc }
  }
}

function readHeader(pack: Buffer): number {
  if (pack.length < 32 || pack.toString('latin1', 0, 4) !== 'PACK') throw new GitFault('broke', 'its pack is cut short')
  const version = pack.readUInt32BE(4)
  if (version !== 2 && version !== 3) throw new GitFault('broke', `its pack has the unknown version ${version}`)
  const trailer = pack.subarray(-20)
  if (!createHash('sha1').update(pack.subarray(0, -20)).digest().equals(trailer)) {
    throw new GitFault('broke', 'its pack is cut short or damaged')
  }
  return pack.readUInt32BE(8)
}

function openReader(pack: Buffer, limits: PackLimits, known: ReadonlyMap<string, number>) {
  let left = limits.inflated
  const resolved = new LRUCache<number, Raw>({
    maxSize: keptForDeltas,
    sizeCalculation: ({ content }) => content.length + 1,
  })

  function spend(size: number): void {
    left -= size
    if (left < 0 || size > limits.object) throw new GitFault('tooLarge', 'its pack holds more than is read')
  }

  function inflate(dataAt: number, size: number): { content: Buffer; used: number } {
    spend(size)
    const inflated = inflateWithInfo(pack.subarray(dataAt, -20), size)
    if (inflated.content.length !== size) throw new GitFault('broke', 'its pack states a wrong size')
    return inflated
  }

  function entryAt(offset: number): Entry {
    const { type, size, dataAt: headEnd } = readEntryHead(pack, offset)
    const { kind, dataAt } = readKind(pack, type, { offset, headEnd })
    const { content: data, used } = inflate(dataAt, size)
    const end = dataAt + used
    return { offset, end, kind, data, crc: crc32(pack.subarray(offset, end)) }
  }

  function resolve(entry: Entry, depth: number): Raw {
    const kept = resolved.get(entry.offset)
    if (kept !== undefined) return kept
    const raw =
      typeof entry.kind === 'string'
        ? { type: entry.kind, content: entry.data }
        : patched(entry.kind, entry.data, depth)
    resolved.set(entry.offset, raw)
    return raw
  }

  function patched(kind: { base: number } | { baseOid: string }, delta: Buffer, depth: number): Raw {
    if (depth > longestChain) throw new GitFault('broke', 'its pack chains too many deltas')
    const offset = 'base' in kind ? kind.base : known.get(kind.baseOid)
    if (offset === undefined) throw new GitFault('broke', 'its pack lacks the base of a delta')
    const base = resolved.get(offset) ?? resolve(entryAt(offset), depth + 1)
    spend(deltaResultSize(delta))
    const content = applyDelta(base.content, delta)
    return { type: base.type, content }
  }

  return { entryAt, resolve }
}

function readEntryHead(pack: Buffer, offset: number): { type: number; size: number; dataAt: number } {
  let byte = pack[offset] ?? 0
  const type = (byte >> 4) & 7
  let size = byte & 0x0f
  let factor = 16
  let at = offset + 1
  while ((byte & 0x80) !== 0) {
    byte = pack[at] ?? 0
    size += (byte & 0x7f) * factor
    factor *= 128
    at += 1
  }
  if (!Number.isSafeInteger(size)) throw new GitFault('tooLarge', 'its pack holds more than is read')
  return { type, size, dataAt: at }
}

function readKind(pack: Buffer, type: number, { offset, headEnd }: { offset: number; headEnd: number }) {
  if (type === 6) {
    const { distance, next } = readDistance(pack, headEnd)
    if (distance <= 0 || distance > offset - 12) throw new GitFault('broke', 'its pack lacks the base of a delta')
    return { kind: { base: offset - distance }, dataAt: next }
  }
  if (type === 7) return { kind: { baseOid: pack.toString('hex', headEnd, headEnd + 20) }, dataAt: headEnd + 20 }
  if (type === 1 || type === 2 || type === 3 || type === 4) return { kind: objectTypes[type], dataAt: headEnd }
  throw new GitFault('broke', 'its pack holds something that is no object')
}

function readDistance(pack: Buffer, start: number): { distance: number; next: number } {
  let byte = pack[start] ?? 0
  let distance = byte & 0x7f
  let next = start + 1
  while ((byte & 0x80) !== 0 && distance < 2 ** 40) {
    byte = pack[next] ?? 0
    distance = (distance + 1) * 128 + (byte & 0x7f)
    next += 1
  }
  return { distance, next }
}

function inflateWithInfo(data: Buffer, size: number): { content: Buffer; used: number } {
  try {
    const options = { info: true, maxOutputLength: Math.max(size, 1), chunkSize: Math.min(Math.max(size, 64), 65_536) }
    // Node's types do not know what `info` makes of the answer (node:zlib, "info: If true, returns an object").
    const { buffer, engine } = inflateSync(data, options) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    return { content: buffer, used: engine.bytesWritten }
  } catch {
    throw new GitFault('broke', 'its pack is damaged')
  }
}
