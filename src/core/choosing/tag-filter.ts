import { Candidate, type Objection, type Rejection } from './candidate.ts'
import type { TagFilterSpec } from '../policy.ts'

type Check = (tag: string, filters: TagFilterSpec) => Objection | undefined

const noImage: Objection = {
  reason: 'NotAnImage',
  message: 'is a signature, an attestation, an SBOM or a list of referrers',
}
const noMatch: Objection = { reason: 'NotAllowed', message: 'does not match allowTags' }
const attachment = /^sha256-[0-9a-f]{64}$|\.(?:sig|att|sbom)$/

/** Tags that tools hang beside an image; `sha256-<digest>` alone is the referrers' list of registries without that API. */
const notAnImage: Check = (tag) => (attachment.test(tag) ? noImage : undefined)

const ignored: Check = (tag, { ignoreTags }) => {
  for (const glob of ignoreTags)
    if (glob.matches(tag)) return { reason: 'Ignored', message: `matches ${glob.source} of ignoreTags` }
  return undefined
}

const notAllowed: Check = (tag, { allowTags }) => (allowTags === undefined || allowTags.test(tag) ? undefined : noMatch)

/** Applies the filters of `constraints` to every tag. */
export function filterTags(
  filters: TagFilterSpec,
  tags: readonly string[],
): { readonly candidates: readonly Candidate[]; readonly rejected: readonly Rejection[] } {
  const candidates: Candidate[] = []
  const rejected: Rejection[] = []
  for (const tag of tags) {
    const objection = objectionTo(tag, filters)
    const comparable = objection === undefined ? comparableOf(tag, filters) : undefined
    if (comparable === undefined) rejected.push({ tag, ...(objection ?? notExtracted(tag, filters)) })
    else candidates.push(new Candidate(tag, comparable))
  }
  return { candidates, rejected }
}

/** What is compared of a tag: the tag, or what `extract` takes out of it; undefined where that is nothing. */
export function comparableOf(tag: string, { extract }: TagFilterSpec): string | undefined {
  return extract === undefined ? tag : extract.extract(tag)
}

/** The order is that of docs/reasons.md, "Tags that are left out", and the first objection counts; what `extract` objects to comes last. */
function objectionTo(tag: string, filters: TagFilterSpec): Objection | undefined {
  return notAnImage(tag, filters) ?? ignored(tag, filters) ?? notAllowed(tag, filters)
}

function notExtracted(tag: string, { extract }: TagFilterSpec): Objection {
  const matches = extract?.test(tag) === true
  const message = matches ? 'matches extract, but its group holds nothing' : 'does not match extract'
  return { reason: 'NotExtracted', message }
}
