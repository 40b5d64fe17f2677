import type { TagMetadata } from '../core/choosing/candidate.ts'
import { candidatesOf, evaluate, type Evaluation } from '../core/choosing/evaluate.ts'
import type { PolicySpec } from '../core/policy.ts'
import type { Surroundings } from './command.ts'
import { nameOfInput, readText } from './input.ts'
import type { Outcome } from './outcome.ts'
import { printable } from './printable.ts'
import { parseTagList, type TagList } from './tag-list.ts'

/** What a policy makes of tags; `remark` is for standard error. */
export interface Chosen {
  readonly evaluation: Evaluation
  readonly metadata: ReadonlyMap<string, TagMetadata>
  readonly remark: string | undefined
}

/** The list in the file that `--tags` names; `now` is in ms since the epoch. */
export async function readTags(file: string, now: number, surroundings: Surroundings): Promise<Outcome<TagList>> {
  const text = await readText(file, surroundings)
  if (!text.ok) return { status: 2, faults: [text.fault] }
  const read = parseTagList(text.value, now)
  if ('faults' in read) return { status: 2, faults: read.faults.map((each) => `${nameOfInput(file)}: ${each}`) }
  return { value: read.list }
}

/** Chooses among the tags of a list, and asks nobody. */
export function chooseAmong(spec: PolicySpec, { scan, metadata, seenAt, impossible }: TagList, now: number): Chosen {
  const evaluation = evaluate(spec, candidatesOf(spec, scan), { metadata, seenAt, now })
  const remarks = [remarkOn(impossible), remarkOnDigest(spec, evaluation)].filter((remark) => remark !== undefined)
  return { evaluation, metadata, remark: remarks.length === 0 ? undefined : remarks.join('\n') }
}

function remarkOnDigest({ writeBack }: PolicySpec, { choice }: Evaluation): string | undefined {
  if (choice === undefined || choice.digest !== undefined || writeBack.digest === 'never') return undefined
  return `the policy writes digests, and the list does not tell that of ${printable(choice.tag)}: it is left out`
}

function remarkOn(impossible: readonly string[]): string | undefined {
  const [first] = impossible
  if (first === undefined) return undefined
  const more = impossible.length === 1 ? '' : `, nor ${impossible.length - 1} more`
  return `${JSON.stringify(printable(first))} can't be a tag of a registry${more}: judged as if it were one`
}
