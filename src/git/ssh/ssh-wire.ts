/** A text or bytes with their length before them (RFC 4251, section 5). */
export function sshString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** Reads SSH's data types one after the other; what is cut short throws a RangeError. */
export interface SshReader {
  readonly position: number
  byte(): number
  uint32(): number
  uint64(): bigint
  string(): Buffer
}

/** Opens a reader of bytes. */
export function readSsh(bytes: Buffer): SshReader {
  let position = 0
  const take = (length: number): Buffer => {
    if (position + length > bytes.length) throw new RangeError('cut short')
    position += length
    return bytes.subarray(position - length, position)
  }
  const uint32 = () => take(4).readUInt32BE()
  return {
    get position() {
      return position
    },
    byte: () => take(1).readUInt8(),
    uint32,
    uint64: () => take(8).readBigUInt64BE(),
    string: () => take(uint32()),
  }
}
