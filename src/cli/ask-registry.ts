import { reasons } from '../api/conditions.ts'
import type { TagMetadata } from '../core/choosing/candidate.ts'
import type { Evaluation } from '../core/choosing/evaluate.ts'
import { choiceIn } from '../core/image-value.ts'
import { readOwnProxy, type OwnProxy } from '../core/own-proxy.ts'
import type { PolicySpec } from '../core/policy.ts'
import { seenAtOf, sightingsNow } from '../core/choosing/sightings.ts'
import { ReconcileError } from '../errors.ts'
import { createHostGuard } from '../http/host-guard.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import { evaluateAsking, type Asked } from '../registry/evaluate-asking.ts'
import { admittedIn, firstLook, foundDigest, neededMetadata } from '../registry/first-look.ts'
import { createScans, type Scans } from '../registry/scans.ts'
import type { Surroundings } from './command.ts'
import { dockerCredentials } from './docker-credentials.ts'

/** An evaluation of what the registry says, with what is known of tags. */
export interface AskedRegistry {
  readonly evaluation: Evaluation
  readonly metadata: ReadonlyMap<string, TagMetadata>
  /** About the credentials, for people. */
  readonly remark: string | undefined
}

/** What is asked. `now` judges creation times, in ms since the epoch; `current` is a value as Applications have it. */
export interface Question {
  readonly spec: PolicySpec
  readonly current: string | undefined
  readonly now: number
}

interface Asking extends Question {
  readonly scans: Scans
  readonly access: RepositoryAccess
}

/** Asks the registry for what the policy's strategy needs, as the person who calls. Throws ReconcileError. */
export async function askRegistry(question: Question, surroundings: Surroundings): Promise<AskedRegistry> {
  const { spec } = question
  const { registry: host, repository } = spec.image
  const { credentials, remark } = await dockerCredentials({ host, repository }, surroundings)
  const access = { host, repository, insecure: spec.registry.insecure, credentials, credentialId: 'docker' }
  // Whoever calls may talk to any host; to this machine only where the policy says so.
  const allowed = ['*', host.replace(/:\d+$/, '')]
  const guard = createHostGuard({ allowed, flag: '--allowed-registries', ownProxy: wayOut(surroundings) })
  const scans = createScans({ guard, log: { warn: () => undefined }, cacheFolder: undefined })
  try {
    return { ...(await evaluated({ ...question, scans, access })), remark }
  } catch (cause) {
    throw told(cause, remark)
  } finally {
    await guard.close()
  }
}

function wayOut({ environment }: Surroundings): OwnProxy {
  return readOwnProxy(environment, (fault) => {
    throw new ReconcileError(reasons.registryUnavailable, fault)
  })
}

async function evaluated(asking: Asking): Promise<Asked> {
  const { spec, scans, access, now } = asking
  const followed = spec.strategy.type === 'digest' ? spec.strategy.tag : undefined
  const desired = [choiceIn(asking.current ?? '', followed)].flatMap((choice) => choice ?? [])
  const notBefore = Date.now()
  const looking = { scans, access, notBefore }
  const look = await firstLook(spec, looking)
  const admitted = admittedIn(spec, look)
  const metadata = await neededMetadata(spec, { ...look, admitted }, desired, looking)
  const tags = look.scan?.tags ?? [...metadata.keys()]
  // Nobody has seen these tags before: this is a first scan.
  const seenAt = (known: Asked['metadata']) => {
    const before = { process: undefined, firstSeen: undefined, chosen: undefined, desired }
    return seenAtOf(sightingsNow(spec, { admitted, tags, metadata: known, now }, before))
  }
  const asked = await evaluateAsking(spec, admitted, { metadata, seenAt, now }, (wanted) =>
    scans.metadata(access, wanted, { notBefore, platforms: spec.platforms, wanted: 'platforms' }),
  )
  return { ...asked, evaluation: await pinned(asking, asked.evaluation) }
}

/** Where digests are written, the choice has one. */
async function pinned({ spec, scans, access }: Asking, evaluation: Evaluation): Promise<Evaluation> {
  const { choice } = evaluation
  if (choice === undefined || choice.digest !== undefined || spec.writeBack.digest === 'never') return evaluation
  const digest = await scans.digest(access, choice.tag, { notBefore: Date.now() })
  return { ...evaluation, choice: { ...choice, digest: foundDigest(spec, choice.tag, digest) } }
}

/** The operator's sentences speak of its own means. */
function told(cause: unknown, remark: string | undefined): unknown {
  if (!(cause instanceof ReconcileError)) return cause
  const { reason, retry, message } = cause
  if (reason === reasons.hostNotAllowed) {
    const sentence = 'the registry leads to an address of this machine or its link; that is not followed'
    return new ReconcileError(reason, sentence, { retry, cause })
  }
  if (reason !== reasons.registryAuthFailed) return cause
  const hint = remark ?? 'evaluate uses what the local docker configuration has in auths'
  return new ReconcileError(reason, `${message} (${hint})`, { retry, cause })
}
