import { reasons } from '../api/conditions.ts'
import type { PolicySpec } from '../core/policy.ts'
import { ReconcileError } from '../errors.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import { credentialId, credentialsFor, type Credentials } from '../registry/credentials.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { WatchedRegistries } from '../registry/watched-registries.ts'
import type { KnownPolicy } from './known-policies.ts'

/** Where what a registry wants to see comes from. */
export interface AccessSources {
  readonly secrets: Pick<SecretStore, 'get'>
  readonly registries: Pick<WatchedRegistries, 'current'>
}

/** The repository of a policy, as its credentials see it. Throws ReconcileError when they can't be used. */
export async function registryAccess(
  policy: KnownPolicy,
  spec: PolicySpec,
  sources: AccessSources,
): Promise<RepositoryAccess> {
  const { registry: host, repository } = spec.image
  const credentials = await credentialsOf(policy, spec, sources)
  return sources.registries.current().complete({
    host,
    repository,
    insecure: spec.registry.insecure,
    credentials,
    credentialId: credentialId(credentials),
  })
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
