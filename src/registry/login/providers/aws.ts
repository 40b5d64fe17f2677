import { createKeys, keysOfAccount, ownKeys } from './aws-keys.ts'
import { signed, type AwsKeys } from './aws-signature.ts'
import { parseEcrHost, type EcrHost } from './ecr-host.ts'
import {
  errorCode,
  jsonOf,
  loginRefused,
  notSetUp,
  type CloudAnswer,
  type CloudApi,
  type CloudLogin,
  type CloudParts,
  type CloudProvider,
  type CloudRequest,
} from './provider.ts'

const endedCodes = ['ExpiredToken', 'ExpiredTokenException', 'UnrecognizedClientException', 'InvalidClientTokenId']

/** Elastic Container Registry: keys of AWS are exchanged for a password that holds twelve hours, for every registry of the region. */
export function createAwsProvider(parts: CloudParts): CloudProvider {
  return {
    hosts: '<account>.dkr.ecr.<region>.amazonaws.com and public.ecr.aws',
    serves: (host) => parseEcrHost(host) !== undefined,
    scopeOf: (host) => parseEcrHost(host)?.api.host ?? host,
    login: async (host, account) => {
      const ecr = parseEcrHost(host)
      if (ecr === undefined) throw notSetUp(`${host} is no registry of AWS`)
      return await loginAt(parts, ecr, account)
    },
  }
}

async function loginAt(
  parts: CloudParts,
  ecr: EcrHost,
  account: Parameters<CloudProvider['login']>[1],
): Promise<CloudLogin> {
  const keys = createKeys(() => (account === undefined ? ownKeys(parts, ecr) : keysOfAccount(parts, account, ecr)))
  const ask = (asked: Asked): Promise<CloudAnswer> =>
    keys.use((these) => parts.http(asking(parts, ecr, these, asked)), hasEnded)
  const answer = await ask({ target: ecr.target, parameters: {} })
  const login = answer.status === 200 ? loginIn(answer.text, parts.now()) : undefined
  if (login === undefined) throw loginRefused(ecr.api.host, answer)
  if (ecr.service !== 'ecr') return login
  const api: CloudApi = (action, parameters) =>
    ask({ target: ecr.target.replace(/[^.]*$/, action), parameters, kind: 'listing' })
  return { ...login, api }
}

interface Asked {
  readonly target: string
  readonly parameters: object
  readonly kind?: 'listing'
}

/** Keys with a session end, perhaps sooner than what was got by them. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html */
function hasEnded({ status, text }: CloudAnswer): boolean {
  return status >= 400 && endedCodes.includes(errorCode(text) ?? '')
}

/** A request to the API of registries, signed. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/ */
function asking(
  { now }: CloudParts,
  { api: url, region, service }: EcrHost,
  keys: AwsKeys,
  { target, parameters, kind }: Asked,
): CloudRequest {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
  const request = { method: 'POST', url, headers, body: JSON.stringify(parameters), ...(kind && { kind }) } as const
  return signed(request, keys, { region, service, now: now() })
}

/** The private registries answer with a list of one, the public one without. */
function loginIn(text: string, now: number): CloudLogin | undefined {
  const data: unknown = [jsonOf(text)['authorizationData']].flat()[0]
  const { authorizationToken, expiresAt } = (data ?? {}) as Readonly<Record<string, unknown>>
  if (typeof authorizationToken !== 'string') return undefined
  const [username, password] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(/:(.*)/s)
  if (username === undefined || password === undefined) return undefined
  return {
    login: { username, password },
    expiresAt: typeof expiresAt === 'number' ? expiresAt * 1000 : now + 3_600_000,
  }
}
