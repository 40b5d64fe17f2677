import { isExternalAccount, tokenByFederation, tokenOfAccount, type AccessToken } from './gcp-federation.ts'
import { jsonOf, loginRefused, notSetUp, type CloudLogin, type CloudParts, type CloudProvider } from './provider.ts'

const registryHost = /^([a-z0-9-]+-docker\.pkg\.dev|([a-z]+\.)?gcr\.io|docker\.s3nsregistry\.fr)$/
const gcrRegions = ['gcr.io', 'us.gcr.io', 'eu.gcr.io', 'asia.gcr.io']

/** Artifact Registry and Container Registry: a token of Google Cloud is the password. */
export function createGcpProvider(parts: CloudParts): CloudProvider {
  const serves = (host: string): boolean =>
    registryHost.test(host) && (!host.endsWith('gcr.io') || gcrRegions.includes(host))
  return {
    hosts: '<location>-docker.pkg.dev and gcr.io',
    serves,
    scopeOf: () => '',
    login: async (host, account) => {
      if (!serves(host)) throw notSetUp(`${host} is no registry of Google Cloud`)
      return account === undefined ? await ownLogin(parts) : loginWith(await tokenOfAccount(parts, account))
    },
  }
}

/** A file of credentials where one is named, else the metadata server. */
async function ownLogin(parts: CloudParts): Promise<CloudLogin> {
  const file = parts.environment['GOOGLE_APPLICATION_CREDENTIALS']
  if (file === undefined) return loginWith(await metadataToken(parts))
  const text = await parts.readText(file)
  const credentials = jsonOf(text)
  // The registry takes the key itself.
  if (credentials['type'] === 'service_account')
    return { login: { username: '_json_key', password: text }, expiresAt: parts.now() + 3_600_000 }
  if (isExternalAccount(credentials)) return loginWith(await tokenByFederation(parts, credentials))
  throw notSetUp(
    'the file of GOOGLE_APPLICATION_CREDENTIALS is of a type that is not known: service_account and external_account are',
  )
}

/** Who answers without this header is not the metadata server. */
async function metadataToken(parts: CloudParts): Promise<AccessToken> {
  const host = parts.environment['GCE_METADATA_HOST'] ?? 'metadata.google.internal'
  const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`)
  const answer = await parts.http({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' } })
  const { access_token: token, expires_in: seconds } = jsonOf(answer.text)
  const isGoogle = answer.headers['metadata-flavor'] === 'Google'
  if (answer.status !== 200 || !isGoogle || typeof token !== 'string')
    throw loginRefused('the metadata server of Google Cloud', answer)
  return { token, expiresAt: parts.now() + (typeof seconds === 'number' ? seconds : 60) * 1000 }
}

function loginWith({ token, expiresAt }: AccessToken): CloudLogin {
  return { login: { username: 'oauth2accesstoken', password: token }, expiresAt }
}
