import { createHash } from 'node:crypto'
import { reasons } from '../api/conditions.ts'
import type { Choice, Scan, TagMetadata } from '../core/candidate.ts'
import { candidatesOf, candidatesOfTag, type Admitted } from '../core/evaluate.ts'
import type { ImageOutcome } from '../core/outcome.ts'
import type { PolicySpec } from '../core/policy.ts'
import type { Repository } from '../core/reference.ts'
import { firstSeenStatus } from '../core/sightings.ts'
import { needsOf } from '../core/strategies/index.ts'
import { ReconcileError } from '../errors.ts'
import { credentialsFor, type Credentials } from '../registry/credentials.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { Scans } from '../registry/scans.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import { chooseImage, type ChoosingFrom } from './choose-image.ts'
import { doubtAbout } from './doubt.ts'
import type { Run } from './run.ts'

/** What choosing needs of the outside. */
export interface ImageSources {
  readonly scans: Scans
  readonly secrets: Pick<SecretStore, 'get'>
}

/** What a registry said for a policy: what may be chosen, and creation times where the strategy orders by them. */
export interface Scanned {
  readonly image: Repository
  readonly access: RepositoryAccess
  /** What was asked, and a text that is another when the answer is. */
  readonly question: string
  readonly answer: string
  /** The tags; undefined for strategy `digest`, which asks for one only. */
  readonly scan: Scan | undefined
  readonly admitted: Admitted
  /** Of strategy `digest`: what its tag points to; undefined: there is no such tag. */
  readonly digest: string | undefined
}

/** The outcome of choosing, with what is known of tags. */
export interface ResolvedImage {
  readonly image: ImageOutcome
  readonly metadata: ReadonlyMap<string, TagMetadata>
}

const nothingKnown: ReadonlyMap<string, TagMetadata> = new Map()
const oneHour = 3_600_000

/** Asks the registry for what the strategy chooses among, and no more. Throws ReconcileError. */
export async function scanImage(run: Run, spec: PolicySpec, { scans, secrets }: ImageSources): Promise<Scanned> {
  const { registry: host, repository } = spec.image
  const credentials = await registryCredentials(run, spec, secrets)
  const access: RepositoryAccess = { host, repository, insecure: spec.registry.insecure, ...credentials }
  const options = { notBefore: run.notBefore }
  const asked = { image: spec.image, access }
  if (spec.strategy.type === 'digest') {
    const { tag } = spec.strategy
    const digest = await scans.digest(access, tag, options)
    const admitted = candidatesOfTag(spec, tag)
    return { ...asked, question: questionOf(access, tag), answer: digest ?? '', scan: undefined, admitted, digest }
  }
  const scan = await scans.tags(access, options)
  const admitted = candidatesOf(spec, scan)
  return { ...asked, question: questionOf(access, ''), answer: scan.revision, scan, admitted, digest: undefined }
}

function questionOf({ host, repository, credentialId }: RepositoryAccess, tag: string): string {
  return JSON.stringify([host, repository, credentialId, tag])
}

/** Chooses. `desired` is what stands in Applications now: strategy `latest` ranks it by its creation time. */
export async function resolveImage(
  run: Run,
  spec: PolicySpec,
  scanned: Scanned,
  { scans, desired, clock }: ChoosingFrom & { clock: () => number },
): Promise<ResolvedImage> {
  const doubt = doubtAbout(run, scanned, clock)
  if (doubt !== undefined) return { image: { kind: 'doubted', message: doubt }, metadata: nothingKnown }
  const { evaluation, metadata, sightings } = await chooseImage(run, spec, scanned, { scans, desired })
  const told = { evaluation, ...(sightings === undefined ? {} : { firstSeen: firstSeenStatus(sightings) }) }
  const { choice, waiting } = evaluation
  if (choice === undefined && waiting !== undefined) return { image: { ...told, kind: 'waiting', waiting }, metadata }
  if (choice === undefined) return { image: { ...told, kind: 'noMatch' }, metadata }
  const pinned = await withDigest(run, spec, choice, { scans, access: scanned.access })
  const notes = [evaluation.note, pinned.note].filter((note) => note !== undefined)
  const noted = { ...evaluation, note: notes.length === 0 ? undefined : notes.join('; ') }
  return {
    image: { ...told, kind: 'chosen', choice: pinned.choice, evaluation: noted },
    metadata: withRemembered(run, metadata),
  }
}

async function registryCredentials(
  { policy }: Run,
  spec: PolicySpec,
  secrets: Pick<SecretStore, 'get'>,
): Promise<{ credentials: Credentials | undefined; credentialId: string }> {
  const name = spec.registry.secretName
  if (name === undefined) return { credentials: undefined, credentialId: '' }
  const { namespace } = policy.stored.identity
  const secret = await secrets.get(namespace, name)
  if (secret === undefined)
    throw new ReconcileError(
      reasons.secretNotFound,
      `Secret ${namespace}/${name} of spec.registry.secretRef was not found`,
    )
  const credentials = credentialsFor(secret, spec.image.registry, spec.image.repository)
  return { credentials, credentialId: credentials === undefined ? '' : idOf(credentials) }
}

/** The same credentials see the same repository, whichever Secret holds them. */
function idOf({ username, password }: Credentials): string {
  return createHash('sha256')
    .update(JSON.stringify([username, password]))
    .digest('hex')
    .slice(0, 16)
}

// A new choice is pinned by one HEAD; where it points is asked again once an hour. What it points to then is not written
// by itself: the digest that was chosen stays (contract "Strategies").
async function withDigest(
  run: Run,
  spec: PolicySpec,
  chosen: Choice,
  { scans, access }: { scans: Scans; access: RepositoryAccess },
): Promise<{ choice: Choice; note?: string }> {
  // What a tag points to belongs to the choice where the strategy looks at images; else it may be known by chance.
  const choice = needsOf(spec.strategy) === 'tags' ? { tag: chosen.tag } : chosen
  if (spec.writeBack.digest === 'never' || choice.digest !== undefined) return { choice }
  const before = run.memory.chosen?.tag === choice.tag ? run.memory.chosen.digest : undefined
  const now = await scans.digest(access, choice.tag, { notBefore: run.now - oneHour })
  const digest = before ?? now
  if (digest === undefined)
    throw new ReconcileError(
      reasons.scanIncomplete,
      `tag ${choice.tag} of ${spec.image.written} is listed but can't be found`,
    )
  if (now === digest || now === undefined) return { choice: { ...choice, digest } }
  return {
    choice: { ...choice, digest },
    note: `tag ${choice.tag} points to ${now} now; ${digest}, which was chosen, stays`,
  }
}

/** The creation time of the last choice is known though its tag may be gone from the registry. */
function withRemembered(run: Run, metadata: ReadonlyMap<string, TagMetadata>): ReadonlyMap<string, TagMetadata> {
  const { tag, digest, created } = run.memory.chosen ?? {}
  if (tag === undefined || created === undefined || metadata.has(tag)) return metadata
  return new Map([...metadata, [tag, { digest: digest ?? '', createdAt: Date.parse(created) }]])
}
