import { reasons } from '../api/conditions.ts'
import { ReconcileError } from '../errors.ts'
import { readAdvertisement } from './advertisement.ts'
import { explainFault } from './explain-fault.ts'
import { GitFault } from './git-fault.ts'
import { writePack, writeThinPack, type NewObject } from './pack-writer.ts'
import { flush, pktLine, readPktLines, readSideBands, textOf } from './pkt-line.ts'
import { refusalKind } from './push-refusal.ts'
import type { Remote } from './remote.ts'
import { serverWords } from './server-words.ts'

/** A push to one branch: it is taken only if the branch is still at `expected`. `objects` are all that is new. */
export interface Push {
  readonly branch: string
  readonly expected: string
  readonly oid: string
  readonly objects: readonly NewObject[]
}

/** What became of a push. `words` are the server's, fit to be shown. `unknown`: the connection ended before the server told. */
export type PushResult =
  | { readonly kind: 'taken' }
  | { readonly kind: 'raced' }
  | { readonly kind: 'refused'; readonly words: string }
  | { readonly kind: 'unclear'; readonly words: string }
  | { readonly kind: 'unknown'; readonly error: ReconcileError }

/** The writing side of a git server. */
export interface ReceivePack {
  push(push: Push): Promise<PushResult>
}

const longestReport = 1024 * 1024

/** Opens the writing side (gitprotocol-pack, "Pushing Data To a Server"); the first push asks what the server can do. */
export function openReceivePack(remote: Remote): ReceivePack {
  let capabilities: Promise<ReadonlySet<string>> | undefined

  async function push(asked: Push): Promise<PushResult> {
    capabilities ??= learn(remote)
    capabilities.catch(() => void (capabilities = undefined))
    const body = requestOf(asked, await capabilities)
    try {
      return readReport(await remote.call('git-receive-pack', body, { limit: longestReport, version: 0 }))
    } catch (error) {
      return resultOfFailure(explainFault(error, remote.name))
    }
  }

  return { push }
}

/** What fails before the server has told may have been done all the same. */
function resultOfFailure(error: unknown): PushResult {
  if (error instanceof ReconcileError && error.reason === reasons.pushRejected)
    return { kind: 'refused', words: error.message }
  if (error instanceof ReconcileError && error.reason === reasons.gitUnavailable) return { kind: 'unknown', error }
  throw error
}

async function learn(remote: Remote): Promise<ReadonlySet<string>> {
  const advertisement = readAdvertisement(await remote.advertisement('git-receive-pack'))
  const capabilities = new Set(advertisement.capabilities.keys())
  if (!capabilities.has('report-status')) throw new GitFault('broke', 'it does not report what becomes of a push')
  return capabilities
}

function requestOf({ branch, expected, oid, objects }: Push, capabilities: ReadonlySet<string>): Buffer {
  const wanted = ['report-status', 'side-band-64k', 'quiet', 'object-format']
  const used = wanted
    .filter((name) => capabilities.has(name))
    .map((name) => (name === 'object-format' ? 'object-format=sha1' : name))
  const pack = capabilities.has('no-thin') ? writePack(objects) : writeThinPack(objects)
  return Buffer.concat([pktLine(`${expected} ${oid} refs/heads/${branch}\0 ${used.join(' ')}`), flush, pack])
}

/** The report may come through a side band, beside what hooks print. */
function readReport(answer: Buffer): PushResult {
  const lines = [...readPktLines(answer)]
  const [first] = lines
  const banded = first !== undefined && typeof first !== 'string' && (first[0] ?? 32) < 4
  const { payload, words } = banded ? readSideBands(lines) : { payload: answer, words: '' }
  const report = [...readPktLines(payload)].filter((line) => typeof line !== 'string').map(textOf)
  const unpack = report.find((line) => line.startsWith('unpack '))
  const refused = report.find((line) => line.startsWith('ng '))
  if (unpack === 'unpack ok' && report.some((line) => line.startsWith('ok '))) return { kind: 'taken' }
  if (unpack === undefined) throw new GitFault('broke', 'its report on a push is cut short')
  // "ng <ref> <words>": a ref holds no blank.
  const complaint = refused?.split(' ').slice(2).join(' ') ?? unpack
  return resultOf(complaint, words)
}

function resultOf(complaint: string, hooks: string): PushResult {
  // "unpacker error" for the ref says nothing; hooks speak only where one refused.
  const kind = refusalKind(complaint)
  const said = serverWords(
    [complaint, hooks.replaceAll(/^\s*remote:/gim, ' ')].filter((text) => text.trim() !== '').join(': '),
  )
  if (kind === 'race') return { kind: 'raced' }
  return kind === 'refusal' || refusalKind(hooks) === 'refusal'
    ? { kind: 'refused', words: said }
    : { kind: 'unclear', words: said }
}
