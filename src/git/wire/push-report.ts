import { GitFault } from './git-fault.ts'
import { readPktLines, readSideBands, textOf } from './pkt-line.ts'
import { refusalKind, topicOf, type RefusalTopic } from './push-refusal.ts'
import { beginningOf, serverWords } from './server-words.ts'

/** What a server says became of a push: taken, somebody else was quicker, it does not want it, or words that do not tell which. `words` are fit to be shown. */
export type PushReport =
  | { readonly kind: 'taken' }
  | { readonly kind: 'raced'; readonly topic: RefusalTopic }
  | { readonly kind: 'refused'; readonly words: string; readonly topic: RefusalTopic }
  | { readonly kind: 'unclear'; readonly words: string; readonly topic: RefusalTopic }

/** Reads the answer to a push of one branch (gitprotocol-pack, "Report Status"). Throws a GitFault for one that says nothing. */
export function readPushReport(answer: Buffer): PushReport {
  const { payload, words } = partBands(answer)
  const report = [...readPktLines(payload)].filter((line) => typeof line !== 'string').map(textOf)
  const unpacked = report.find((line) => line.startsWith('unpack '))?.slice('unpack '.length)
  const refused = report.find((line) => line.startsWith('ng '))?.replace(/^ng \S+ ?/, '')
  if (unpacked === undefined) throw saysNothing()
  if (unpacked !== 'ok') return refusal(`${refused ?? 'unpacker error'} (${unpacked})`, words)
  if (refused !== undefined) return refusal(refused, words)
  if (!report.some((line) => line.startsWith('ok '))) throw saysNothing()
  return { kind: 'taken' }
}

/** The report may come through a side band, beside what hooks print, or bare: then it begins with a letter. */
function partBands(answer: Buffer): { readonly payload: Buffer; readonly words: string } {
  const lines = [...readPktLines(answer)]
  const [first] = lines
  const banded = typeof first === 'object' && (first[0] ?? 32) < 4
  return banded ? readSideBands(lines) : { payload: answer, words: '' }
}

function refusal(fullComplaint: string, allOfHooks: string): PushReport {
  const [complaint, hooks] = [beginningOf(fullComplaint), beginningOf(allOfHooks)]
  const kind = refusalKind(complaint)
  const texts = [complaint, hooks.replaceAll(/^\s*remote:/gim, ' ')].filter((text) => text.trim() !== '')
  const topic = topicOf(texts.join(': '))
  if (kind === 'race') return { kind: 'raced', topic }
  const words = serverWords(texts.join(': '))
  return { kind: kind === 'refusal' || refusalKind(hooks) === 'refusal' ? 'refused' : 'unclear', words, topic }
}

const saysNothing = () => new GitFault('broke', 'its report on a push is cut short')
