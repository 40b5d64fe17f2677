import { GitFault } from './git-fault.ts'

/** One line of git's wire protocol: its payload, or one of the marks between sections (gitprotocol-common, gitprotocol-v2). */
export type PktLine = Buffer | 'flush' | 'delimiter' | 'end'

/** Ends a message. */
export const flush = Buffer.from('0000')
/** Separates the sections of a message (protocol v2). */
export const delimiter = Buffer.from('0001')

const longestPayload = 65_516
const marks: Readonly<Record<string, PktLine>> = { '0000': 'flush', '0001': 'delimiter', '0002': 'end' }

/** A payload with its length before it. */
export function pktLine(payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload)
  if (bytes.length > longestPayload) throw new RangeError('a pkt-line holds at most 65516 bytes')
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

/** The lines of a message. Throws a GitFault where the bytes are no pkt-lines, or end within one. */
export function* readPktLines(body: Buffer): Generator<PktLine> {
  let at = 0
  while (at < body.length) {
    const head = body.toString('latin1', at, at + 4)
    const mark = marks[head]
    const length = /^[0-9a-fA-F]{4}$/.test(head) ? Number.parseInt(head, 16) : Number.NaN
    if (mark === undefined && !(length >= 4 && at + length <= body.length)) {
      throw new GitFault('broke', 'its answer is cut short or not in the git protocol')
    }
    if (mark !== undefined) yield mark
    else yield body.subarray(at + 4, at + length)
    at += mark === undefined ? length : 4
  }
}

/** The text of a line without its end of line; `ERR …` throws what the server said. */
export function textOf(line: Buffer): string {
  const text = line.toString('utf8').replace(/\n$/, '')
  if (text.startsWith('ERR ')) throw new GitFault('said', text.slice(4))
  return text
}

/** What came through the side bands: the payload of band 1, and the words of band 2 (progress, hooks). Band 3 throws what the server said. */
export function readSideBands(lines: Iterable<PktLine>): { readonly payload: Buffer; readonly words: string } {
  const payload: Buffer[] = []
  const words: Buffer[] = []
  for (const line of lines) {
    if (typeof line === 'string') continue
    const band = line[0]
    if (band === 1) payload.push(line.subarray(1))
    else if (band === 2) words.push(line.subarray(1))
    else if (band === 3) throw new GitFault('said', line.toString('utf8', 1))
    else throw new GitFault('broke', 'its answer uses an unknown side band')
  }
  return { payload: Buffer.concat(payload), words: Buffer.concat(words).toString('utf8') }
}
