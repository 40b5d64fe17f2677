import type { PolicySpec } from '../core/policy.ts'
import type { Repository } from '../core/reference.ts'
import { firstLook, type FirstLook } from '../registry/first-look.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { Scans } from '../registry/scans.ts'
import { registryAccess, type AccessSources } from './registry-access.ts'
import type { Run } from './run.ts'

/** What choosing needs of the outside. */
export interface ImageSources extends AccessSources {
  readonly scans: Scans
}

/** What a registry said for a policy: what may be chosen, and creation times where the strategy orders by them. */
export interface Scanned extends FirstLook {
  readonly image: Repository
  readonly access: RepositoryAccess
  /** What was asked, and a text that is another when the answer is. */
  readonly question: string
  readonly answer: string
}

/** Asks the registry for what the strategy chooses among, and no more. Throws ReconcileError. */
export async function scanImage(run: Run, spec: PolicySpec, { scans, ...sources }: ImageSources): Promise<Scanned> {
  const access = await registryAccess(run.policy, spec, sources)
  const look = await firstLook(spec, { scans, access, notBefore: run.notBefore })
  const tag = spec.strategy.type === 'digest' ? spec.strategy.tag : ''
  const answer = look.scan?.revision ?? look.digest ?? ''
  return { image: spec.image, access, question: questionOf(access, tag), answer, ...look }
}

function questionOf({ host, repository, credentialId }: RepositoryAccess, tag: string): string {
  return JSON.stringify([host, repository, credentialId, tag])
}
