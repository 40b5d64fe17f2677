import { reasons } from '../../api/conditions.ts'
import { ReconcileError } from '../../errors.ts'
import { readAdvertisement } from './advertisement.ts'
import { explainFault } from './explain-fault.ts'
import { GitFault } from './git-fault.ts'
import { writePack, writeThinPack, type NewObject } from '../objects/pack-writer.ts'
import { flush, pktLine } from './pkt-line.ts'
import { readPushReport, type PushReport } from './push-report.ts'
import type { Remote } from './remote.ts'

/** A push to one branch: it is taken only if the branch is still at `expected` (undefined: is not there). `objects` are all that is new. */
export interface Push {
  readonly branch: string
  readonly expected: string | undefined
  readonly oid: string
  readonly objects: readonly NewObject[]
}

/** What became of a push. `unknown`: the connection ended before the server told. */
export type PushResult = PushReport | { readonly kind: 'unknown'; readonly error: ReconcileError }

/** The writing side of a git server. */
export interface ReceivePack {
  push(push: Push): Promise<PushResult>
}

const longestReport = 1024 * 1024
const nothing = '0'.repeat(40)

/** Opens the writing side (gitprotocol-pack, "Pushing Data To a Server"); the first push asks what the server can do. */
export function openReceivePack(remote: Remote): ReceivePack {
  let capabilities: Promise<ReadonlySet<string>> | undefined

  async function push(asked: Push): Promise<PushResult> {
    capabilities ??= learn(remote)
    capabilities.catch(() => void (capabilities = undefined))
    const body = requestOf(asked, await capabilities)
    try {
      return readPushReport(await remote.call('git-receive-pack', body, { limit: longestReport, version: 0 }))
    } catch (error) {
      return resultOfFailure(explainFault(error, remote.name))
    }
  }

  return { push }
}

/** What fails before the server has told may have been done all the same. */
function resultOfFailure(error: unknown): PushResult {
  if (error instanceof ReconcileError && error.reason === reasons.pushRejected)
    return { kind: 'refused', words: error.message, topic: undefined }
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
  return Buffer.concat([pktLine(`${expected ?? nothing} ${oid} refs/heads/${branch}\0 ${used.join(' ')}`), flush, pack])
}
