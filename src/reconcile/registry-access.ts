import { reasons } from '../api/conditions.ts'
import type { PolicySpec } from '../core/policy.ts'
import type { Secret } from '../core/secret.ts'
import { ReconcileError } from '../errors.ts'
import { parseTls, type TlsSettings } from '../http/tls-settings.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { ServiceAccount, ServiceAccountStore } from '../kubernetes/service-accounts.ts'
import type { CloudLogins } from '../registry/login/cloud-logins.ts'
import type { CloudAccount } from '../registry/login/providers/provider.ts'
import {
  asKubelet,
  credentialsFor,
  findCredentials,
  matchingIn,
  toShow,
  type Credentials,
  type Matching,
} from '../registry/login/credentials.ts'
import type { Cloud, Logins, Shown } from '../registry/registries.ts'
import type { RepositoryAccess } from '../registry/repository-access.ts'
import type { WatchedRegistries } from '../registry/watched-registries.ts'
import { caught } from './caught.ts'
import type { KnownPolicy } from './known-policies.ts'

/** Where what a registry wants to see comes from. */
export interface AccessSources {
  readonly secrets: Pick<SecretStore, 'get'>
  readonly serviceAccounts: ServiceAccountStore
  readonly cloudLogins: CloudLogins
  readonly registries: Pick<WatchedRegistries, 'current'>
}

interface Asking extends AccessSources {
  /** The policy's, in which everything that it names is looked for. */
  readonly namespace: string
  readonly spec: PolicySpec
}

/**
 * The repository of a policy, as its credentials see it: those of its Secret, else of its ServiceAccount, else of the registries file, else none. Throws
 * ReconcileError when what it names can't be used: nobody is to become anonymous by a mistake.
 */
export async function registryAccess(
  { stored }: Pick<KnownPolicy, 'stored'>,
  spec: PolicySpec,
  sources: AccessSources,
): Promise<RepositoryAccess> {
  const asking = { ...sources, spec, namespace: stored.identity.namespace }
  const { registry: host, repository } = spec.image
  const [shown, tls] = await Promise.all([shownBy(asking), policyTls(asking)])
  const access = { host, repository, insecure: spec.registry.insecure, ...shown, tls }
  const registries = sources.registries.current()
  const complete = registries.complete(access, await loginsOf(registries.clouds(access), host, sources))
  if (complete.insecure && spec.registry.provider !== undefined) throw plainCloud(host)
  return complete
}

/** That a policy asks for both is refused where it is read; it may be the registries file that says plain HTTP. */
function plainCloud(host: string): ReconcileError {
  const what = `the registries file has ${host} asked over plain HTTP, and no login of a cloud is sent over that`
  return new ReconcileError(
    reasons.registryAuthFailed,
    `${what}: take registry.provider out, or have the file say HTTPS`,
  )
}

/** The operator's own logins, where the registries file asks for them. A mirror for which there is none is asked without: others come after it. */
async function loginsOf(clouds: readonly Cloud[], own: string, { cloudLogins }: AccessSources): Promise<Logins> {
  const logins = clouds.map(async ({ host, ...cloud }) => {
    const login = caught(cloudLogins.get({ ...cloud, host, account: undefined }))
    return [host, await login] as const
  })
  const found = new Map<string, Shown>()
  for (const [host, login] of await Promise.all(logins)) {
    if (!(login instanceof ReconcileError)) found.set(host, { ...login, others: [] })
    else if (host === own) throw login
  }
  return found
}

async function shownBy(asking: Asking): Promise<Shown> {
  const { provider, serviceAccountName } = asking.spec.registry
  if (provider === undefined) return toShow(await policyCredentials(asking))
  const account = serviceAccountName === undefined ? undefined : await cloudAccount(asking, serviceAccountName)
  const host = asking.spec.image.registry
  const way = asking.registries.current().wayOut(host)
  const login = await asking.cloudLogins.get({ provider, host, account, way })
  return { ...login, others: [] }
}

async function cloudAccount(asking: Asking, accountName: string): Promise<CloudAccount> {
  const account = await namedAccount(asking, accountName)
  const { namespace, name, annotations } = account
  const token = (audience: string): Promise<string> => asking.serviceAccounts.token(account, audience)
  return { name: `${namespace}/${name}`, annotations, token }
}

async function namedAccount({ namespace, serviceAccounts }: Asking, name: string): Promise<ServiceAccount> {
  const account = await serviceAccounts.get(namespace, name)
  if (account === undefined) throw missing(`ServiceAccount ${namespace}/${name} of spec.registry.serviceAccountName`)
  return account
}

async function policyCredentials(asking: Asking): Promise<readonly Credentials[]> {
  const { image, registry } = asking.spec
  if (registry.secretName === undefined) return await accountCredentials(asking)
  const secret = await namedSecret(registry.secretName, 'secretRef', asking)
  const { registry: host, repository } = image
  const isElsewhere = registry.serviceAccountName !== undefined && !holds(secret, { host, repository })
  return isElsewhere ? await accountCredentials(asking) : credentialsFor(secret, host, repository)
}

function holds(secret: Secret, repository: Parameters<typeof findCredentials>[1]): boolean {
  return findCredentials(secret, repository).kind !== 'none'
}

/** As the kubelet does it: all that match, whichever Secret they are in, and one that is missing is passed over. One that is faulty counts when no other will do. */
async function accountCredentials(asking: Asking): Promise<readonly Credentials[]> {
  const { namespace, spec, secrets } = asking
  const name = spec.registry.serviceAccountName
  if (name === undefined) return []
  const account = await namedAccount(asking, name)
  const { registry: host, repository } = spec.image
  const all: Matching[] = []
  let fault: unknown
  for (const secretName of account.imagePullSecrets) {
    const secret = await secrets.get(namespace, secretName)
    if (secret === undefined) continue
    try {
      all.push(...matchingIn(secret, { host, repository }))
    } catch (cause) {
      fault ??= cause
    }
  }
  if (all.length === 0 && fault !== undefined) throw fault
  return asKubelet(all).map(({ credentials }) => credentials)
}

async function policyTls(asking: Asking): Promise<TlsSettings | undefined> {
  const { certSecretName } = asking.spec.registry
  if (certSecretName === undefined) return undefined
  const { namespace, name, data } = await namedSecret(certSecretName, 'certSecretRef', asking)
  const [ca, certificate, key] = [data['ca.crt'], data['tls.crt'], data['tls.key']]
  const title = `Secret ${namespace}/${name} of spec.registry.certSecretRef`
  if (ca === undefined && certificate === undefined)
    throw new ReconcileError(reasons.secretNotFound, `${title} has neither ca.crt nor tls.crt with tls.key`)
  const tls = parseTls({ ca, certificate, key })
  if (tls.ok) return tls.value
  throw new ReconcileError(reasons.tlsVerificationFailed, `${title} can't be used: ${tls.fault}`)
}

async function namedSecret(name: string, field: string, { namespace, secrets }: Asking): Promise<Secret> {
  const secret = await secrets.get(namespace, name)
  if (secret === undefined) throw missing(`Secret ${namespace}/${name} of spec.registry.${field}`)
  return secret
}

function missing(what: string): ReconcileError {
  return new ReconcileError(reasons.secretNotFound, `${what} was not found`)
}
