import { readRefLines, type Advertisement } from './advertisement.ts'
import { GitFault } from './git-fault.ts'
import { delimiter, flush, pktLine, readPktLines, readSideBands, textOf, type PktLine } from './pkt-line.ts'
import type { Remote } from './remote.ts'
import { longestRefList, type FetchRequest, type UploadPack } from './upload-pack.ts'

/** Protocol version 2 (gitprotocol-v2): refs are asked for by prefix, objects by id, and parts of commits by filters. */
export function speakVersion2(remote: Remote, { capabilities }: Advertisement & { readonly version: 2 }): UploadPack {
  const filters = (capabilities.get('fetch') ?? '').split(' ').includes('filter')

  function command(name: string, options: readonly string[]): Buffer {
    const head = [`command=${name}\n`, ...(capabilities.has('object-format') ? ['object-format=sha1'] : [])]
    return Buffer.concat([...head.map(pktLine), delimiter, ...options.map((option) => pktLine(`${option}\n`)), flush])
  }

  return {
    filters,
    async listRefs(prefixes) {
      const body = command('ls-refs', ['symrefs', ...prefixes.map((prefix) => `ref-prefix ${prefix}`)])
      const answer = await remote.call('git-upload-pack', body, { limit: longestRefList, version: 2, now: true })
      return readRefLines(
        wholeMessage(answer)
          .filter((line) => typeof line !== 'string')
          .map(textOf),
      )
    },
    async fetch(asked) {
      const answer = await remote.call('git-upload-pack', command('fetch', optionsOf(asked)), {
        limit: asked.limit,
        version: 2,
      })
      return readFetchAnswer(wholeMessage(answer))
    },
  }
}

function optionsOf({ wants, deepen, bases = [], filter }: FetchRequest): string[] {
  return [
    'no-progress',
    'ofs-delta',
    ...bases.map((oid) => `shallow ${oid}`),
    ...(deepen === undefined ? [] : [`deepen ${deepen}`]),
    ...(filter === undefined ? [] : [`filter ${filter}`]),
    ...wants.map((oid) => `want ${oid}`),
    ...bases.map((oid) => `have ${oid}`),
    // Without "done" the server sends the pack only when what we have leads to what we want; otherwise it would send all of history.
    ...(bases.length > 0 && deepen === undefined ? [] : ['done']),
  ]
}

function wholeMessage(answer: Buffer): PktLine[] {
  const lines = [...readPktLines(answer)]
  const last = lines.at(-1)
  if (last === 'flush') return lines
  // What the server says of a fault is the last that it sends.
  if (last !== undefined && typeof last !== 'string') textOf(last)
  throw new GitFault('broke', 'its answer is cut short')
}

function readFetchAnswer(lines: readonly PktLine[]): Buffer | undefined {
  const headers: string[] = []
  for (const [at, line] of lines.entries()) {
    if (typeof line === 'string' || (at > 0 && typeof lines[at - 1] !== 'string')) continue
    headers.push(textOf(line))
    if (headers.at(-1) === 'packfile') return readSideBands(lines.slice(at + 1)).payload
  }
  if (headers[0] === 'acknowledgments') return undefined
  throw new GitFault('broke', 'it sent no objects')
}
