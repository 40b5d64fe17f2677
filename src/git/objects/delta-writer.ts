const longestCopy = 0xffff
const longestInsert = 0x7f
// Shorter runs of equal bytes cost as much to be copied as to be spelled out.
const shortestRun = 8

/**
 * A delta that makes `target` of `base` (gitformat-pack, "Deltified representation"), made for trees of which a few entries
 * changed: what is equal at both ends is copied, and what is equal at the same place if both are of the same length.
 */
export function createDelta(base: Buffer, target: Buffer): Buffer {
  const parts = [size(base.length), size(target.length)]
  const shorter = Math.min(base.length, target.length)
  let start = 0
  while (start < shorter && base[start] === target[start]) start += 1
  let end = 0
  while (end < shorter - start && base[base.length - 1 - end] === target[target.length - 1 - end]) end += 1
  parts.push(...copy(0, start))
  const middle = target.subarray(start, target.length - end)
  if (base.length === target.length) parts.push(...equalRuns(base.subarray(start), middle, start))
  else parts.push(...insert(middle))
  parts.push(...copy(base.length - end, end))
  return Buffer.concat(parts)
}

/** Goes along two texts that stand at the same place. */
function equalRuns(base: Buffer, target: Buffer, offset: number): Buffer[] {
  const parts: Buffer[] = []
  let literal = 0
  let at = 0
  while (at < target.length) {
    let run = at
    while (run < target.length && base[run] === target[run]) run += 1
    if (run - at >= shortestRun) {
      parts.push(...insert(target.subarray(literal, at)), ...copy(offset + at, run - at))
      literal = run
    }
    at = Math.max(run, at + 1)
  }
  return [...parts, ...insert(target.subarray(literal))]
}

function copy(offset: number, length: number): Buffer[] {
  const parts: Buffer[] = []
  for (let done = 0; done < length; done += longestCopy) {
    const [from, count] = [offset + done, Math.min(longestCopy, length - done)]
    parts.push(
      Buffer.from([
        0x80 | 0x3f,
        from & 0xff,
        (from >> 8) & 0xff,
        (from >> 16) & 0xff,
        from >>> 24,
        count & 0xff,
        count >> 8,
      ]),
    )
  }
  return parts
}

function insert(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let done = 0; done < bytes.length; done += longestInsert) {
    const piece = bytes.subarray(done, done + longestInsert)
    parts.push(Buffer.from([piece.length]), piece)
  }
  return parts
}

function size(length: number): Buffer {
  const bytes: number[] = []
  for (let rest = length; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}
