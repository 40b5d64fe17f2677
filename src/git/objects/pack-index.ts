import { createHash } from 'node:crypto'
import type { PackedObject } from './pack-reader.ts'

/** Where one object stands in a pack. */
export type IndexEntry = Pick<PackedObject, 'oid' | 'offset' | 'crc'>

/** The index of a pack (gitformat-pack, "Version 2 pack-*.idx files"; packs under 2 GiB). `packHash` is the pack's last 20 bytes. */
export function writePackIndex(entries: readonly IndexEntry[], packHash: Buffer): Buffer {
  const sorted = entries.toSorted((one, other) => (one.oid < other.oid ? -1 : 1))
  const fanout = Buffer.alloc(256 * 4)
  const crcs = Buffer.alloc(sorted.length * 4)
  const offsets = Buffer.alloc(sorted.length * 4)
  let filled = 0
  for (const [index, { oid, offset, crc }] of sorted.entries()) {
    for (const first = Number.parseInt(oid.slice(0, 2), 16); filled < first; filled += 1)
      fanout.writeUInt32BE(index, filled * 4)
    crcs.writeUInt32BE(crc, index * 4)
    offsets.writeUInt32BE(offset, index * 4)
  }
  for (; filled < 256; filled += 1) fanout.writeUInt32BE(sorted.length, filled * 4)
  const magic = Buffer.from('ff744f6300000002', 'hex')
  const oids = Buffer.from(sorted.map(({ oid }) => oid).join(''), 'hex')
  const body = Buffer.concat([magic, fanout, oids, crcs, offsets, packHash])
  return Buffer.concat([body, createHash('sha1').update(body).digest()])
}
