import {
  form,
  jsonOf,
  loginRefused,
  notSetUp,
  type CloudAccount,
  type CloudAnswer,
  type CloudParts,
  type CloudRequest,
} from './provider.ts'

/** A token of Google Cloud, and when it ends (ms since the epoch). */
export interface AccessToken {
  readonly token: string
  readonly expiresAt: number
}

type Fields = Readonly<Record<string, unknown>>

const accountAnnotation = 'iam.gke.io/gcp-service-account'
const scope = 'https://www.googleapis.com/auth/cloud-platform'
const sts = 'https://sts.googleapis.com/v1/token'
const iam = 'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts'

/** Whether a file of credentials tells of a workload identity federation. */
export function isExternalAccount({ type, audience }: Fields): boolean {
  return type === 'external_account' && typeof audience === 'string'
}

/** The operator's own token, by a file of credentials: somebody else's token is exchanged, and perhaps that for a service account's. */
export async function tokenByFederation(parts: CloudParts, credentials: Fields): Promise<AccessToken> {
  const { audience, subject_token_type, service_account_impersonation_url: account } = credentials
  const source = (credentials['credential_source'] ?? {}) as Fields
  const file = source['file']
  if (typeof file !== 'string' || typeof audience !== 'string')
    throw notSetUp('the file of GOOGLE_APPLICATION_CREDENTIALS names no file of a token in credential_source')
  const subject = subjectIn(await parts.readText(file), source)
  const type = typeof subject_token_type === 'string' ? subject_token_type : jwt
  const token = await exchanged(parts, { audience, subject, type })
  const email =
    typeof account === 'string' ? /\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(account)?.[1] : undefined
  return email === undefined ? token : await impersonated(parts, email, token)
}

const jwt = 'urn:ietf:params:oauth:token-type:jwt'

function subjectIn(text: string, source: Fields): string {
  const { type, subject_token_field_name: name } = (source['format'] ?? {}) as Fields
  if (type !== 'json') return text.trim()
  const subject = typeof name === 'string' ? jsonOf(text)[name] : undefined
  if (typeof subject === 'string') return subject
  throw notSetUp('the file of a token that GOOGLE_APPLICATION_CREDENTIALS names does not hold the field that it says')
}

/** An account's token: by the federation that the operator's own file names, else by that of the GKE cluster. */
export async function tokenOfAccount(parts: CloudParts, account: CloudAccount): Promise<AccessToken> {
  const { audience, tokenAudience } = (await federationOf(parts)) ?? (await gkeAudiences(parts))
  const token = await exchanged(parts, { audience, subject: await account.token(tokenAudience), type: jwt })
  const email = account.annotations[accountAnnotation]
  return email === undefined ? token : await impersonated(parts, email, token)
}

interface Audiences {
  /** Of the exchange, and of the account's token. */
  readonly audience: string
  readonly tokenAudience: string
}

async function federationOf(parts: CloudParts): Promise<Audiences | undefined> {
  const file = parts.environment['GOOGLE_APPLICATION_CREDENTIALS']
  const credentials = file === undefined ? {} : jsonOf(await parts.readText(file))
  if (!isExternalAccount(credentials)) return undefined
  const audience = String(credentials['audience'])
  return { audience, tokenAudience: `https:${audience}` }
}

async function gkeAudiences(parts: CloudParts): Promise<Audiences> {
  const [project, location, cluster] = await Promise.all([
    attribute(parts, 'project/project-id'),
    attribute(parts, 'instance/attributes/cluster-location'),
    attribute(parts, 'instance/attributes/cluster-name'),
  ])
  const pool = `${project}.svc.id.goog`
  const address = `https://container.googleapis.com/v1/projects/${project}/locations/${location}/clusters/${cluster}`
  return { audience: `identitynamespace:${pool}:${address}`, tokenAudience: pool }
}

async function attribute(parts: CloudParts, path: string): Promise<string> {
  const host = parts.environment['GCE_METADATA_HOST'] ?? 'metadata.google.internal'
  const url = new URL(`http://${host}/computeMetadata/v1/${path}`)
  const answer = await parts.http({ method: 'GET', url, headers: { 'metadata-flavor': 'Google' } })
  if (answer.status !== 200 || answer.headers['metadata-flavor'] !== 'Google')
    throw loginRefused('the metadata server of Google Cloud', answer)
  return answer.text.trim()
}

/** https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token */
async function exchanged(
  parts: CloudParts,
  { audience, subject, type }: { audience: string; subject: string; type: string },
): Promise<AccessToken> {
  const fields = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token: subject,
    subject_token_type: type,
  }
  const answer = await parts.http({ method: 'POST', url: new URL(sts), ...form(fields) })
  const { access_token: token, expires_in: seconds } = jsonOf(answer.text)
  const life = (typeof seconds === 'number' ? seconds : 60) * 1000
  return tokenIn(answer, { token, expiresAt: parts.now() + life })
}

async function impersonated(parts: CloudParts, email: string, { token: own }: AccessToken): Promise<AccessToken> {
  const request: CloudRequest = {
    method: 'POST',
    url: new URL(`${iam}/${encodeURIComponent(email)}:generateAccessToken`),
    headers: { authorization: `Bearer ${own}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [scope] }),
  }
  const answer = await parts.http(request)
  const { accessToken: token, expireTime } = jsonOf(answer.text)
  const end = typeof expireTime === 'string' ? Date.parse(expireTime) : Number.NaN
  return tokenIn(answer, { token, expiresAt: Number.isNaN(end) ? parts.now() + 60_000 : end })
}

function tokenIn(answer: CloudAnswer, { token, expiresAt }: { token: unknown; expiresAt: number }): AccessToken {
  if (answer.status !== 200 || typeof token !== 'string') throw loginRefused('Google Cloud', answer)
  return { token, expiresAt }
}
