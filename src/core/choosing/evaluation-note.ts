import type { StrategyName, TagReason } from '../../api/v1alpha1.ts'
import type { Rejection } from './candidate.ts'
import { compareBytes } from '../text/compare-bytes.ts'
import type { PolicySpec } from '../policy.ts'
import { needsOf, strategyFor } from './strategies/index.ts'
import type { Contender } from './strategies/strategy.ts'

/** An evaluation as far as it is remarked upon. */
interface Judged {
  readonly spec: PolicySpec
  readonly contenders: readonly Contender[]
  readonly rejected: readonly Rejection[]
}

const longestShown = 48

type Remark = (judged: Judged) => string | undefined

const collision: Remark = ({ spec, contenders }) => {
  if (spec.filters.extract === undefined || !strategyFor(spec.strategy).comparesText) return undefined
  const collisions = [...tagsByText(contenders)].filter(([, tags]) => tags.length > 1)
  const [first] = collisions.toSorted(([a], [b]) => compareBytes(b, a))
  if (first === undefined) return undefined
  const [text, tags] = first
  const shown = tags.toSorted(compareBytes).slice(-2).map(clipped).join(' and ')
  const more = collisions.length === 1 ? '' : `, and ${collisions.length - 1} more texts from several tags`
  return `extract takes ${clipped(text)} from ${tags.length} tags (${shown})${more}: of each, the greatest tag by its bytes counts`
}

const impossibleRange: Remark = ({ spec: { strategy } }) => {
  if (strategy.type !== 'semver' || strategy.range?.canMatch(strategy.prereleases) !== false) return undefined
  return `no version can be in ${clipped(strategy.range.source)}`
}

/** By which reason a strategy turns down what it can't compare. */
const incomparable: Readonly<Partial<Record<StrategyName, TagReason>>> = {
  semver: 'NotAVersion',
  numerical: 'NotANumber',
}
const byStrategy: readonly TagReason[] = ['NotAVersion', 'NotANumber', 'Prerelease', 'OutOfRange']

// Such as `latest` under semver: as long as only such tags come, the policy never moves.
const neverMoves: Remark = ({ spec: { strategy }, contenders, rejected }) => {
  const reason = incomparable[strategy.type]
  if (reason === undefined || contenders.length > 0) return undefined
  const judged = rejected.filter((each) => byStrategy.includes(each.reason))
  const last = judged
    .map(({ tag }) => tag)
    .toSorted(compareBytes)
    .at(-1)
  if (last === undefined) return undefined
  if (judged.some((each) => each.reason !== reason)) return undefined
  const what = reason === 'NotAVersion' ? 'a version' : 'a whole number'
  const them = judged.length === 1 ? clipped(last) : `any of ${judged.length} tags such as ${clipped(last)}`
  return `strategy ${strategy.type} will never choose ${them}, for none is ${what}: take it out of the tag by extract, or follow one tag by strategy: digest`
}

const noTimes: Remark = ({ spec, contenders, rejected }) => {
  if (needsOf(spec.strategy) !== 'createdAt' || contenders.length > 0) return undefined
  const without = rejected.filter(({ reason }) => reason === 'NoCreationTime').length
  return without === 0 ? undefined : 'no image has a creation time: strategy name orders by the tags instead'
}

const remarks: readonly Remark[] = [collision, impossibleRange, neverMoves, noTimes]

/** What a person should know about a scan besides the counts; undefined: nothing. */
export function noteOn(judged: Judged): string | undefined {
  const notes = remarks.map((remark) => remark(judged)).filter((note) => note !== undefined)
  return notes.length === 0 ? undefined : notes.join('; ')
}

/** Cuts a tag or another text to what fits into a status: 48 characters. */
export function clipped(text: string): string {
  const characters = Array.from(text.slice(0, 2 * longestShown + 2))
  return characters.length <= longestShown ? text : `${characters.slice(0, longestShown - 1).join('')}…`
}

function tagsByText(contenders: readonly Contender[]): ReadonlyMap<string, readonly string[]> {
  const tags = new Map<string, string[]>()
  for (const { tag, comparable = tag } of contenders) {
    const known = tags.get(comparable)
    if (known === undefined) tags.set(comparable, [tag])
    else known.push(tag)
  }
  return tags
}
