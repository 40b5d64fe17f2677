import { azureHost } from '../azure-host.ts'
import {
  form,
  jsonOf,
  loginRefused,
  notSetUp,
  type CloudAccount,
  type CloudLogin,
  type CloudParts,
  type CloudProvider,
} from './provider.ts'

const resource = 'https://containerregistry.azure.net'
/** The user name for a login by a refresh token. */
const nobody = '00000000-0000-0000-0000-000000000000'
const clientAnnotation = 'azure.workload.identity/client-id'
const tenantAnnotation = 'azure.workload.identity/tenant-id'

/** Azure Container Registry: a token of Entra is exchanged, at the registry itself, for one that stands for a password. */
export function createAzureProvider(parts: CloudParts): CloudProvider {
  const serves = (host: string): boolean => azureHost.test(host)
  return {
    hosts: '<name>.azurecr.io',
    serves,
    scopeOf: (host) => host,
    login: async (host, account) => {
      if (!serves(host)) throw notSetUp(`${host} is no registry of Azure`)
      const token = account === undefined ? await ownToken(parts) : await accountToken(parts, account)
      return await exchanged(parts, host, token)
    },
  }
}

async function ownToken(parts: CloudParts): Promise<string> {
  const { AZURE_TENANT_ID: tenant, AZURE_CLIENT_ID: client, AZURE_FEDERATED_TOKEN_FILE: file } = parts.environment
  if (file === undefined) return await managedIdentityToken(parts, client)
  if (tenant === undefined || client === undefined)
    throw notSetUp('AZURE_FEDERATED_TOKEN_FILE is set, but not AZURE_TENANT_ID and AZURE_CLIENT_ID')
  return await entraToken(parts, { tenant, client, assertion: (await parts.readText(file)).trim() })
}

async function accountToken(parts: CloudParts, account: CloudAccount): Promise<string> {
  const { name, annotations } = account
  const client = annotations[clientAnnotation]
  const tenant = annotations[tenantAnnotation] ?? parts.environment['AZURE_TENANT_ID']
  if (client === undefined)
    throw notSetUp(`ServiceAccount ${name} names no identity; annotate it with ${clientAnnotation}`)
  if (tenant === undefined)
    throw notSetUp(`ServiceAccount ${name} names no tenant; annotate it with ${tenantAnnotation}`)
  return await entraToken(parts, { tenant, client, assertion: await account.token('api://AzureADTokenExchange') })
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
async function entraToken(
  parts: CloudParts,
  { tenant, client, assertion }: { tenant: string; client: string; assertion: string },
): Promise<string> {
  const authority = parts.environment['AZURE_AUTHORITY_HOST'] ?? 'https://login.microsoftonline.com/'
  if (!URL.canParse(authority) || !authority.startsWith('https://'))
    throw notSetUp('AZURE_AUTHORITY_HOST is no address with HTTPS')
  const url = new URL(`/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority)
  const fields = {
    grant_type: 'client_credentials',
    client_id: client,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope: `${resource}/.default`,
  }
  const answer = await parts.http({ method: 'POST', url, ...form(fields) })
  const { access_token: token } = jsonOf(answer.text)
  if (answer.status !== 200 || typeof token !== 'string') throw loginRefused('Microsoft Entra', answer)
  return token
}

async function managedIdentityToken(parts: CloudParts, client: string | undefined): Promise<string> {
  const url = new URL('http://169.254.169.254/metadata/identity/oauth2/token')
  url.searchParams.set('api-version', '2018-02-01')
  url.searchParams.set('resource', `${resource}/`)
  if (client !== undefined) url.searchParams.set('client_id', client)
  const answer = await parts.http({ method: 'GET', url, headers: { metadata: 'true' } })
  const { access_token: token } = jsonOf(answer.text)
  if (answer.status !== 200 || typeof token !== 'string') throw loginRefused('the metadata service of Azure', answer)
  return token
}

/** https://learn.microsoft.com/azure/container-registry/container-registry-authentication */
async function exchanged(parts: CloudParts, host: string, token: string): Promise<CloudLogin> {
  const fields = { grant_type: 'access_token', service: host, access_token: token }
  const answer = await parts.http({ method: 'POST', url: new URL(`https://${host}/oauth2/exchange`), ...form(fields) })
  const { refresh_token: password } = jsonOf(answer.text)
  if (answer.status !== 200 || typeof password !== 'string') throw loginRefused(host, answer)
  return { login: { username: nobody, password }, expiresAt: endOf(password) ?? parts.now() + 60_000 }
}

/** When a JSON Web Token ends; only its issuer has to believe what it says. */
function endOf(token: string): number | undefined {
  const { exp } = jsonOf(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  return typeof exp === 'number' ? exp * 1000 : undefined
}
