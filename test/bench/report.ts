import { availableParallelism, totalmem } from 'node:os'

/** `count` and `bytes` are the same on every machine; the others are not. */
export type Unit = 'count' | 'bytes' | 'ms' | 'MB' | 'per second' | '×'

/** What the project wants of a figure. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number }

/** One measured thing: a value, or where it was measured several times the least, the middle and the most. */
export type Figure = {
  readonly figure: string
  readonly unit: Unit
  readonly bar?: string
  readonly met?: boolean
} & (
  | { readonly value: number }
  | { readonly min: number; readonly median: number; readonly max: number; readonly runs: number }
)

/** The one line that a benchmark prints. */
export interface Report {
  readonly benchmark: string
  readonly at: string
  readonly node: string
  readonly machine: string
  /** Machine-independent figures first. */
  readonly figures: readonly Figure[]
  /** How many bars were met, of how many. */
  readonly bars: string
}

const exact: readonly Unit[] = ['count', 'bytes']

/** Makes a figure. A bar on counts and bytes holds for the worst run, one on anything else for the median. */
export function figure(name: string, unit: Unit, measured: number | readonly number[], bar?: Bar): Figure {
  const samples = (typeof measured === 'number' ? [measured] : measured).toSorted((a, b) => a - b)
  const [min = NaN] = samples
  const max = samples.at(-1) ?? NaN
  const median = medianOf(samples)
  const spread = samples.length === 1 ? { value: rounded(min) } : spreadOf({ min, median, max, runs: samples.length })
  if (bar === undefined) return { figure: name, unit, ...spread }
  const isUpper = 'atMost' in bar
  const judged = exact.includes(unit) ? (isUpper ? max : min) : median
  return {
    figure: name,
    unit,
    ...spread,
    bar: isUpper ? `≤ ${bar.atMost}` : `≥ ${bar.atLeast}`,
    met: isUpper ? judged <= bar.atMost : judged >= bar.atLeast,
  }
}

/** The middle of samples, of an even number the mean of the two in the middle; NaN of none. */
export function medianOf(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN
  return (lower + upper) / 2
}

/** Puts figures together with what tells one run from another. */
export function reportOf(benchmark: string, figures: readonly Figure[]): Report {
  const judged = figures.filter(({ met }) => met !== undefined)
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return {
    benchmark,
    at: new Date().toISOString(),
    node: process.version,
    machine: `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${gigabytes} GB`,
    figures: [
      ...figures.filter(({ unit }) => exact.includes(unit)),
      ...figures.filter(({ unit }) => !exact.includes(unit)),
    ],
    bars: `${judged.filter(({ met }) => met).length} of ${judged.length} met`,
  }
}

function spreadOf({ min, median, max, runs }: { min: number; median: number; max: number; runs: number }) {
  return { min: rounded(min), median: rounded(median), max: rounded(max), runs }
}

/** Three digits are more than a shared machine can promise. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3))
}
