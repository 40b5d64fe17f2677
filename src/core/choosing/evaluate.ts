import { tagReasons, type EvaluationStatus, type RejectedCount, type TagReason } from '../../api/v1alpha1.ts'
import { Candidate, KnownCandidate, type Choice, type Rejection, type Scan, type TagMetadata } from './candidate.ts'
import { bestOf, type Waiting } from './best-contender.ts'
import { clipped, noteOn } from './evaluation-note.ts'
import { hasGates, type SeenAt } from './gates.ts'
import { metadataObjection } from './metadata-checks.ts'
import type { PolicySpec } from '../policy.ts'
import { filteredTags, type Filtered } from './filtered-tags.ts'
import { needsOf, strategyFor } from './strategies/index.ts'
import type { Contender } from './strategies/strategy.ts'

/** What passed all that can be judged by a tag's text; the strategy may still need to know more about it from the registry. */
export interface Admitted {
  /** How many tags were judged. */
  readonly tags: number
  readonly candidates: readonly Candidate[]
  readonly rejected: readonly Rejection[]
  /** False: nobody has seen a list; whether a tag is there, its metadata tells. */
  readonly listed: boolean
}

/** What was chosen, and why not the others. `tags` are the candidates plus the rejected. */
export interface Evaluation {
  readonly choice: Choice | undefined
  readonly tags: number
  readonly candidates: number
  readonly rejected: readonly Rejection[]
  /** The tag that would be chosen if no gate held it back; undefined: none is held back. */
  readonly waiting: Waiting | undefined
  /** What has to be known of these tags before a choice can be made; none unless something may be asked. */
  readonly wanted: readonly string[]
  /** A remark for people; undefined: there is nothing to remark. */
  readonly note: string | undefined
}

/** An evaluation as it is told and remembered: what was left out is counted, so that it is small whatever the tags are. */
export interface Told extends Pick<Evaluation, 'choice' | 'tags' | 'candidates' | 'waiting' | 'note'> {
  readonly rejected: readonly RejectedCount[]
}

/** What is known besides the list of tags. */
export interface Known {
  readonly metadata?: ReadonlyMap<string, TagMetadata>
  readonly seenAt?: SeenAt
  /** Milliseconds since the epoch. */
  readonly now: number
  /** About how many tags something may be asked next; then nothing is chosen before what must be known is. */
  readonly asks?: number
}

const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()
const allOld: SeenAt = new Map()
const mostExamples = 3
const mostExampleCharacters = 400

/** Applies the filters and what the strategy objects to by a tag's text. Cheap when the same scan was judged before. */
export function candidatesOf(spec: PolicySpec, scan: Scan): Admitted {
  return { tags: scan.tags.length, ...judged(spec, filteredTags(scan, spec.filters)), listed: true }
}

/** Judges one tag without a list of tags, for strategy `digest`: {@link evaluate} takes it for missing unless it has metadata. */
export function candidatesOfTag(spec: PolicySpec, tag: string): Admitted {
  return { tags: 1, ...judged(spec, { candidates: [new Candidate(tag, tag)], rejected: [] }), listed: false }
}

/**
 * Chooses among the admitted. `metadata` must know every candidate when the strategy needs more than tags: who could not
 * read one must not ask.
 */
export function evaluate(spec: PolicySpec, admitted: Admitted, known: Known): Evaluation {
  const { metadata = nothingKnown, seenAt = allOld, now, asks = 0 } = known
  const missing = admitted.listed ? undefined : admitted.candidates.find(({ tag }) => !metadata.has(tag))
  if (missing !== undefined) return noSuchTag(missing.tag)
  const { contenders, rejected } = contendersIn(spec, admitted, { metadata, now })
  const best = bestOf(spec, contenders, { metadata, seenAt, now, asks })
  return {
    choice: best.contender && choiceOf(best.contender),
    tags: admitted.tags,
    candidates: contenders.length - best.rejected.length,
    rejected: best.rejected.length === 0 ? rejected : [...rejected, ...best.rejected],
    waiting: best.waiting,
    wanted: best.wanted,
    note: noteOn({ spec, contenders, rejected }),
  }
}

/** Those to which nothing that is known is an objection. Where nothing is known, or needed, of any tag they are the candidates as they are. */
function contendersIn(
  spec: PolicySpec,
  { candidates, rejected: before }: Admitted,
  { metadata, now }: { readonly metadata: ReadonlyMap<string, TagMetadata>; readonly now: number },
): { readonly contenders: readonly Contender[]; readonly rejected: readonly Rejection[] } {
  if (metadata.size === 0 && needsOf(spec.strategy) === 'tags') return { contenders: candidates, rejected: before }
  const contenders: Contender[] = []
  const rejected = [...before]
  for (const candidate of candidates) {
    const known = metadata.get(candidate.tag)
    const objection = metadataObjection(known, spec, now)
    if (objection === undefined) contenders.push(new KnownCandidate(candidate, known))
    else rejected.push({ tag: candidate.tag, ...objection })
  }
  return { contenders, rejected }
}

function noSuchTag(tag: string): Evaluation {
  const nothing = { choice: undefined, tags: 0, candidates: 0, rejected: [], waiting: undefined, wanted: [] }
  return { ...nothing, note: `the repository has no tag ${tag}` }
}

/** Whether a policy's evaluation is decided by the list of tags alone, so that of the same list it is the same. */
export function isDecidedByTags(spec: PolicySpec): boolean {
  return needsOf(spec.strategy) === 'tags' && !hasGates(spec)
}

/** Counts what was left out, with up to three examples each. */
export function told({ choice, tags, candidates, rejected, waiting, note }: Evaluation): Told {
  return { choice, tags, candidates, rejected: countsOf(rejected), waiting, note }
}

/** An evaluation as the status has it. */
export function evaluationStatus({ tags, candidates, rejected, note }: Told): EvaluationStatus {
  return {
    tags,
    candidates,
    ...(rejected.length === 0 ? {} : { rejected }),
    ...(note === undefined ? {} : { note }),
  }
}

function judged({ strategy }: PolicySpec, filtered: Filtered): Filtered {
  const judge = strategyFor(strategy)
  const candidates: Candidate[] = []
  const rejected = [...filtered.rejected]
  for (const candidate of filtered.candidates) {
    const objection = judge.objection(candidate, strategy)
    if (objection === undefined) candidates.push(candidate)
    else rejected.push({ tag: candidate.tag, ...objection })
  }
  return { candidates, rejected }
}

function choiceOf({ tag, digest = '', createdAt }: Contender): Choice {
  return { tag, ...(digest === '' ? {} : { digest }), ...(createdAt === undefined ? {} : { createdAt }) }
}

function countsOf(rejected: readonly Rejection[]): readonly RejectedCount[] {
  const tagsOf = new Map<TagReason, string[]>()
  for (const { tag, reason } of rejected) {
    const tags = tagsOf.get(reason)
    if (tags === undefined) tagsOf.set(reason, [tag])
    else tags.push(tag)
  }
  let characters = 0
  const counts = tagReasons.flatMap((reason) => {
    const tags = tagsOf.get(reason)
    return tags === undefined ? [] : { reason, count: tags.length, tags, examples: [] as string[] }
  })
  for (let example = 0; example < mostExamples; example += 1) {
    for (const { tags, examples } of counts) {
      const shown = clipped(tags[example] ?? '')
      characters += shown.length
      if (shown !== '' && (example === 0 || characters <= mostExampleCharacters)) examples.push(shown)
    }
  }
  return counts.map(({ reason, count, examples }) => ({ reason, count, examples }))
}
