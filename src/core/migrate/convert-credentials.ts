import type { CloudProviderName } from '../policy.ts'

/** Credentials as the registries file has them, and what is to be done for them. */
export interface ConvertedCredentials {
  readonly entry?:
    | { readonly credentials: { readonly dockerConfigFile: string } }
    | { readonly provider: CloudProviderName }
  readonly note?: string
}

/** The hosts of clouds, as `provider` serves them. */
const clouds: readonly (readonly [pattern: RegExp, provider: CloudProviderName])[] = [
  [
    /^\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.(com(\.cn)?|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk)$/,
    'aws',
  ],
  [/^\d{12}\.dkr-ecr(-fips)?\.[a-z0-9-]+\.on\.(aws|amazonwebservices\.com\.cn)$/, 'aws'],
  [/^public\.ecr\.aws$/, 'aws'],
  [/^([a-z0-9-]+-docker\.pkg\.dev|((us|eu|asia)\.)?gcr\.io|docker\.s3nsregistry\.fr)$/, 'gcp'],
  [/^[a-z0-9][a-z0-9-]*\.azurecr\.(io|cn|us|de)$/, 'azure'],
]

/** Converts a credential source (`pullsecret:`, `secret:`, `env:`, `ext:`, perhaps after `<registry>=`) for a registry `host[/path]`. */
export function convertCredentials(written: string, host: string): ConvertedCredentials {
  const [, kind = '', rest = ''] = /^(?:[^=:/]+(?::\d+)?=)?([a-z]+):(.*)$/.exec(written) ?? []
  switch (kind) {
    case 'pullsecret':
      return fromSecret(rest, `as it is, if its auths name ${host}`)
    case 'secret':
      return fromSecret(
        rest.replace(/#.*$/, ''),
        `made anew as a docker configuration: kubectl create secret docker-registry NAME --docker-server=${host}`,
      )
    case 'env':
      return { note: `${withoutSecret} the variable ${rest} of the other operator is not read: ${secretFor(host)}` }
    case 'ext':
      return fromScript(host)
    default:
      return {
        note: `${withoutSecret} they are none that Argo CD Image Updater knows (pullsecret:, secret:, env:, ext:): ${secretFor(host)}`,
      }
  }
}

const withoutSecret = 'are left out:'

function fromSecret(name: string, how: string): ConvertedCredentials {
  const [, namespace = '', secret = ''] = /^([^/]+)\/([^/]+)$/.exec(name) ?? []
  if (secret === '') return { note: `${withoutSecret} ${name} is no namespace/name of a Secret` }
  // Secrets of several namespaces may have one name.
  const folder = `/secrets/${namespace}-${secret}`
  const dockerConfigFile = `${folder}/.dockerconfigjson`
  const note = `mount Secret ${secret} (of namespace ${namespace}; ${how}) at ${folder}, by extraVolumes and extraVolumeMounts of the chart, in the operator's namespace`
  return { entry: { credentials: { dockerConfigFile } }, note }
}

function fromScript(host: string): ConvertedCredentials {
  const found = clouds.find(([pattern]) => pattern.test(host.split('/')[0] ?? ''))
  if (found === undefined) return { note: `${withoutSecret} no scripts are run: ${secretFor(host)}` }
  const [, provider] = found
  return {
    entry: { provider },
    note: `the operator logs in itself, by its own identity at ${provider}: see docs/registries.md`,
  }
}

function secretFor(host: string): string {
  return `make a Secret by kubectl create secret docker-registry NAME --docker-server=${host}, mount it, and name its .dockerconfigjson in credentials.dockerConfigFile`
}
