import { createHash } from 'node:crypto'
import { reasons } from '../api/conditions.ts'
import type { PolicySpec } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import { credentialsFor, type Credentials } from '../registry/credentials.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { KnownPolicy } from './known-policies.ts'

/** Where what a registry wants to see comes from. */
export interface AccessSources {
  readonly secrets: Pick<SecretStore, 'get'>
}

/** The repository of a policy, as its credentials see it. Throws ReconcileError when they can't be used. */
export async function registryAccess(
  policy: KnownPolicy,
  spec: PolicySpec,
  sources: AccessSources,
): Promise<RepositoryAccess> {
  const { registry: host, repository } = spec.image
  const credentials = await credentialsOf(policy, spec, sources)
  return { host, repository, insecure: spec.registry.insecure, credentials, credentialId: idOf(credentials) }
}

async function credentialsOf(
  { stored }: KnownPolicy,
  { image, registry }: PolicySpec,
  { secrets }: AccessSources,
): Promise<Credentials | undefined> {
  const name = registry.secretName
  if (name === undefined) return undefined
  const { namespace } = stored.identity
  const secret = await secrets.get(namespace, name)
  if (secret !== undefined) return credentialsFor(secret, image.registry, image.repository)
  const message = `Secret ${namespace}/${name} of spec.registry.secretRef was not found`
  throw new ReconcileError(reasons.secretNotFound, message)
}

/** The same credentials see the same repository, whichever Secret holds them. */
function idOf(credentials: Credentials | undefined): string {
  if (credentials === undefined) return ''
  const { username, password } = credentials
  return createHash('sha256')
    .update(JSON.stringify([username, password]))
    .digest('hex')
    .slice(0, 16)
}
