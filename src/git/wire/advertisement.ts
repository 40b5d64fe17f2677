import { GitFault } from './git-fault.ts'
import { readPktLines, textOf } from './pkt-line.ts'

/** The refs of a repository, as far as they were asked for. */
export interface RefList {
  /** Object ids by full name (`refs/heads/main`). */
  readonly refs: ReadonlyMap<string, string>
  /** The ref to which HEAD points; undefined: there is none, it points to a commit, or the server does not say. */
  readonly head: string | undefined
  /** Whether there is a HEAD that points to no ref. */
  readonly detached: boolean
}

/** What a service says of itself at first. */
export type Advertisement =
  | { readonly version: 2; readonly capabilities: ReadonlyMap<string, string> }
  | { readonly version: 0; readonly capabilities: ReadonlyMap<string, string>; readonly list: RefList }

/** Reads the answer to `info/refs` (gitprotocol-http, gitprotocol-v2). Throws a GitFault. */
export function readAdvertisement(body: Buffer): Advertisement {
  const lines = [...readPktLines(body)].filter((line) => typeof line !== 'string').map(textOf)
  const rest = lines.slice(lines[0]?.startsWith('# service=') === true ? 1 : 0)
  if (rest[0] === 'version 2') return { version: 2, capabilities: new Map(rest.slice(1).map(readCapability)) }
  if (rest[0] === 'version 1') return readOldAdvertisement(rest.slice(1))
  if (rest.length === 0) throw new GitFault('broke', 'it answers nothing')
  return readOldAdvertisement(rest)
}

/** Reads lines of an object id, a name, and attributes (protocol version 2). */
export function readRefLines(lines: readonly string[]): RefList {
  const refs = new Map<string, string>()
  let head: string | undefined
  let detached = false
  for (const line of lines) {
    const [oid = '', name = '', ...attributes] = line.split(' ')
    if (!/^[0-9a-f]{40}$/.test(oid)) continue
    const target = attributes.find((text) => text.startsWith('symref-target:'))?.slice('symref-target:'.length)
    refs.set(target ?? name, oid)
    if (name !== 'HEAD') continue
    head = target
    detached = target === undefined
  }
  return { refs, head, detached }
}

function readOldAdvertisement(lines: readonly string[]): Advertisement {
  const [first = ''] = lines
  const zero = first.indexOf('\0')
  const pairs =
    zero < 0
      ? []
      : first
          .slice(zero + 1)
          .trim()
          .split(' ')
  const refs = [zero < 0 ? first : first.slice(0, zero), ...lines.slice(1)].filter((line) => !line.endsWith('^{}'))
  if (refs.some((line) => line !== '' && !/^(shallow )?[0-9a-f]{40}( |$)/.test(line)))
    throw new GitFault('broke', 'its answer is not in the git protocol')
  // The capability `symref` may stand there several times, once for each symbolic ref.
  const head = pairs.find((pair) => pair.startsWith('symref=HEAD:'))?.slice('symref=HEAD:'.length)
  const { refs: list, detached } = readRefLines(refs)
  return {
    version: 0,
    capabilities: new Map(pairs.map(readCapability)),
    list: { refs: list, head, detached: detached && head === undefined },
  }
}

function readCapability(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
