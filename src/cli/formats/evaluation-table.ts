import { dated, type Choice, type Rejection } from '../../core/choosing/candidate.ts'
import { imageValue, shortImage } from '../../core/image-value.ts'
import { ranks } from '../../core/choosing/strategies/index.ts'
import { cell, columns, printable } from '../printable.ts'
import type { Judged, Verdict } from '../verdict.ts'

const mostShown = 10

/** An evaluation for people: the chosen tag, why not the next ten, the counts. */
export function evaluationTable(judged: Judged, { report, sentence }: Verdict): string {
  const { evaluation } = report
  const note = evaluation.note === undefined ? [] : ['', printable(evaluation.note)]
  const summary = `${counted(evaluation.tags, 'tag')}, ${counted(evaluation.candidates, 'candidate')}`
  return [headline(judged, sentence), ...note, ...whyNot(judged, report.tags), ...counts(report), '', summary].join(
    '\n',
  )
}

function headline({ spec, evaluation: { choice } }: Judged, sentence: string): string {
  if (choice === undefined) return `${printable(spec.image.written)}: ${sentence}`
  // The digest is of interest wherever it is known.
  const mode = spec.writeBack.digest === 'only' ? 'only' : 'withTag'
  return `${cell(shortImage(imageValue(choice, mode)))} ${printable(sentence)}`
}

function whyNot(judged: Judged, rejected: readonly Rejection[]): readonly string[] {
  if (rejected.length === 0) return []
  const next = nextBest(judged, rejected)
  const more = rejected.length - next.length
  return [
    '',
    ...columns([
      ['NOT CHOSEN', 'REASON', ''],
      ...next.map(({ tag, reason, message }) => [cell(tag), reason, printable(message)]),
    ]),
    ...(more === 0 ? [] : [`and ${more} more`]),
  ]
}

function counts({ evaluation }: Verdict['report']): readonly string[] {
  if (evaluation.rejected.length === 0) return []
  const rows = evaluation.rejected.map(({ reason, count, examples }) => [
    reason,
    String(count),
    examples.map(cell).join(', '),
  ])
  return ['', ...columns([['REASON', 'TAGS', 'SUCH AS'], ...rows])]
}

/** Those that would rank highest, the highest first; then those that can't be ranked, in the order of the list. */
function nextBest({ spec, metadata }: Judged, rejected: readonly Rejection[]): readonly Rejection[] {
  const choiceFor = ({ tag }: Rejection): Choice => dated({ tag }, metadata)
  const compare = (a: Rejection, b: Rejection) => ranks(spec, choiceFor(a), choiceFor(b))
  const best: Rejection[] = []
  const unranked: Rejection[] = []
  for (const rejection of rejected) {
    // What is no image would, by name alone, often come first.
    const isRanked = rejection.reason !== 'NotAnImage' && compare(rejection, rejection) !== undefined
    if (!isRanked) {
      if (unranked.length < mostShown) unranked.push(rejection)
      continue
    }
    const below = best.findIndex((other) => (compare(rejection, other) ?? 0) > 0)
    best.splice(below < 0 ? best.length : below, 0, rejection)
    if (best.length > mostShown) best.pop()
  }
  return [...best, ...unranked].slice(0, mostShown)
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
