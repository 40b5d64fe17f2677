import { readAdvertisement, type Advertisement } from './advertisement.ts'
import { GitFault } from './git-fault.ts'
import { flush, pktLine, readPktLines, readSideBands, textOf, type PktLine } from './pkt-line.ts'
import type { Remote } from './remote.ts'
import type { FetchRequest, UploadPack } from './upload-pack.ts'

const detailed = 'multi_ack_detailed'

/** The protocol of servers before version 2 (gitprotocol-pack): every exchange lists all refs, and there are only whole commits. */
export function speakVersion0(remote: Remote, { capabilities }: Advertisement & { readonly version: 0 }): UploadPack {
  const used = ['side-band-64k', 'ofs-delta', 'no-progress'].filter((name) => capabilities.has(name)).join(' ')
  const shallow = capabilities.has('shallow')

  async function ask({ wants, deepen, bases = [], limit }: FetchRequest, done: boolean): Promise<PktLine[]> {
    const capable = done ? used : `${used} ${detailed}`
    const body = Buffer.concat([
      ...wants.map((oid, index) => pktLine(`want ${oid}${index === 0 ? ` ${capable}` : ''}\n`)),
      ...(shallow ? bases.map((oid) => pktLine(`shallow ${oid}\n`)) : []),
      ...(shallow && deepen !== undefined ? [pktLine(`deepen ${deepen}\n`)] : []),
      flush,
      ...bases.map((oid) => pktLine(`have ${oid}\n`)),
      done ? pktLine('done\n') : flush,
    ])
    return [...readPktLines(await remote.call('git-upload-pack', body, { limit, version: 0 }))]
  }

  return {
    filters: false,
    async listRefs() {
      const advertisement = readAdvertisement(await remote.advertisement('git-upload-pack'))
      if (advertisement.version !== 0) throw new GitFault('broke', 'it changed its protocol')
      return advertisement.list
    },
    async fetch(request) {
      if (!capabilities.has('side-band-64k')) throw new GitFault('broke', 'it lacks the capability side-band-64k')
      // First only whether what we have leads to what we want: where it does not, it would send all of history.
      if (request.deepen === undefined && (request.bases ?? []).length > 0) {
        if (!capabilities.has(detailed)) return undefined
        const answers = (await ask(request, false)).filter((line) => typeof line !== 'string').map(textOf)
        if (!answers.some((text) => /^ACK .* ready$/.test(text))) return undefined
      }
      return readPackAnswer(await ask(request, true))
    },
  }
}

function readPackAnswer(lines: readonly PktLine[]): Buffer {
  // Before it: what is shallow. A fault that the server tells of is thrown by textOf.
  const start = lines.findIndex((line) => typeof line !== 'string' && /^(NAK$|ACK )/.test(textOf(line)))
  if (start < 0 || lines.at(-1) !== 'flush') throw new GitFault('broke', 'its answer is cut short')
  return readSideBands(lines.slice(start + 1)).payload
}
