import type { ApplicationStatus, HistoryEntry, ImageStatus } from '../../api/v1alpha1.ts'
import type { Choice } from '../choosing/candidate.ts'
import { imageValue, parseImageValue, shortImage } from '../image-value.ts'
import type { DigestMode } from '../../api/v1alpha1.ts'
import type { ApplicationOutcome } from '../outcome.ts'
import { rfc3339 } from '../text/rfc3339.ts'
import { shortened } from '../text/shortened.ts'

const longestHistory = 10
const longestShown = 80

/** `web-eu, web-us and 38 more`; undefined for no names. */
export function namesOf(names: readonly string[]): string | undefined {
  const distinct = [...new Set(names)]
  if (distinct.length === 0) return undefined
  if (distinct.length <= 3) return distinct.join(', ')
  return `${distinct.slice(0, 2).join(', ')} and ${distinct.length - 2} more`
}

/** What the linked Applications desire: one image, or each with its count while they differ. */
export function currentImage(applications: readonly ApplicationStatus[]): ImageStatus | undefined {
  const counts = new Map<string, number>()
  for (const { current } of applications) if (current !== undefined) counts.set(current, (counts.get(current) ?? 0) + 1)
  const [first, ...others] = [...counts].toSorted(([, a], [, b]) => b - a)
  if (first === undefined) return undefined
  if (others.length === 0) return { ...parseImageValue(first[0]), image: shown(first[0]) }
  const told = [first, ...others].slice(0, 5).map(([value, count]) => `${shown(value)} (${count})`)
  return { image: told.join(', ') + (others.length > 4 ? ', …' : '') }
}

/** A desired value is whatever somebody wrote there; what people read of it fits a column. */
function shown(value: string): string {
  return shortened(shortImage(value), longestShown)
}

/** The choice, with the form in which it is written as `image`. */
export function chosenImage(choice: Choice, mode: DigestMode): ImageStatus {
  return {
    tag: choice.tag,
    ...(choice.digest === undefined ? {} : { digest: choice.digest }),
    ...(choice.createdAt === undefined ? {} : { created: rfc3339(choice.createdAt) }),
    image: shortImage(imageValue(choice, mode)),
  }
}

/** The last ten writes, newest first; Applications that went from one value to another in one commit are one entry. */
export function historyAfter(
  previous: readonly HistoryEntry[],
  outcomes: readonly ApplicationOutcome[],
  now: number,
): readonly HistoryEntry[] {
  const entries = new Map<string, HistoryEntry>()
  for (const { result } of outcomes) {
    if (result.kind !== 'written') continue
    const { from, to, revision } = result
    const key = JSON.stringify([from, to, revision])
    entries.set(key, {
      ...(from === undefined ? {} : { from: shortened(from) }),
      to,
      time: rfc3339(now),
      applications: (entries.get(key)?.applications ?? 0) + 1,
      ...(revision === undefined ? {} : { revision }),
    })
  }
  return [...entries.values(), ...previous].slice(0, longestHistory)
}
