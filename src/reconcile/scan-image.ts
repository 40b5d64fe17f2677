import type { Scan } from '../core/choosing/candidate.ts'
import type { PolicySpec } from '../core/policy.ts'
import type { Repository } from '../core/reference.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { Scans } from '../registry/scans.ts'
import { registryAccess, type AccessSources } from './registry-access.ts'
import type { Run } from './run.ts'

/** What choosing needs of the outside. */
export interface ImageSources extends AccessSources {
  readonly scans: Scans
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
  /** Of strategy `digest`: what its tag points to; undefined: there is no such tag. */
  readonly digest: string | undefined
}

/** Asks the registry for what the strategy chooses among, and no more. Throws ReconcileError. */
export async function scanImage(run: Run, spec: PolicySpec, { scans, ...sources }: ImageSources): Promise<Scanned> {
  const access = await registryAccess(run.policy, spec, sources)
  const options = { notBefore: run.notBefore }
  const asked = { image: spec.image, access }
  if (spec.strategy.type === 'digest') {
    const { tag } = spec.strategy
    const digest = await scans.digest(access, tag, options)
    return { ...asked, question: questionOf(access, tag), answer: digest ?? '', scan: undefined, digest }
  }
  const scan = await scans.tags(access, options)
  return { ...asked, question: questionOf(access, ''), answer: scan.revision, scan, digest: undefined }
}

function questionOf({ host, repository, credentialId }: RepositoryAccess, tag: string): string {
  return JSON.stringify([host, repository, credentialId, tag])
}
