import type { AwsKeys } from './aws-signature.ts'
import { signed } from './aws-signature.ts'
import type { EcrHost } from './ecr-host.ts'
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

type Place = Pick<EcrHost, 'region' | 'domain'>

const roleAnnotation = 'eks.amazonaws.com/role-arn'
const session = 'image-update-operator'
/** Where EKS and ECS serve keys; anything else would get the Pod's token from whoever sets an address. */
const containerHosts = ['127.0.0.1', 'localhost', '[::1]', '169.254.170.2', '169.254.170.23', '[fd00:ec2::23]']
const metadata = 'http://169.254.169.254/latest'

/** Keys that are got when they are first used, and once more when they have ended. */
export interface Keys {
  /** What came of their use; after `hasEnded` said so of it, what came of using new ones. */
  use(by: (keys: AwsKeys) => Promise<CloudAnswer>, hasEnded: (answer: CloudAnswer) => boolean): Promise<CloudAnswer>
}

/** Makes them; whoever finds them ended gets new ones for all. */
export function createKeys(get: () => Promise<AwsKeys>): Keys {
  let kept: Promise<AwsKeys> | undefined
  async function current(): Promise<{ keys: AwsKeys; drop: () => void }> {
    const mine = (kept ??= get())
    const drop = (): void => {
      if (kept === mine) kept = undefined
    }
    try {
      return { keys: await mine, drop }
    } catch (cause) {
      drop()
      throw cause
    }
  }
  return {
    use: async (by, hasEnded) => {
      const { keys, drop } = await current()
      const answer = await by(keys)
      if (!hasEnded(answer)) return answer
      drop()
      return await by((await current()).keys)
    },
  }
}

/** The keys of an account's role: whoever it is, its token proves it. */
export async function keysOfAccount(parts: CloudParts, account: CloudAccount, place: Place): Promise<AwsKeys> {
  const role = account.annotations[roleAnnotation]
  if (role === undefined)
    throw notSetUp(`ServiceAccount ${account.name} names no role; annotate it with ${roleAnnotation}`)
  return await byWebIdentity(parts, { role, token: await account.token('sts.amazonaws.com') }, place)
}

/**
 * The operator's own keys, in the order of AWS' own programs: static ones, a web identity (IRSA), EKS Pod Identity or ECS, the instance's role. With a
 * role and no web identity, that role is assumed with what there is.
 */
export async function ownKeys(parts: CloudParts, place: Place): Promise<AwsKeys> {
  const { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file } = parts.environment
  if (role !== undefined && file !== undefined)
    return await byWebIdentity(parts, { role, token: (await parts.readText(file)).trim() }, place)
  const keys = staticKeys(parts) ?? (await containerKeys(parts)) ?? (await instanceKeys(parts))
  return role === undefined ? keys : await byRole(parts, { role, keys }, place)
}

function staticKeys({ environment }: CloudParts): AwsKeys | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, sessionToken: environment['AWS_SESSION_TOKEN'] }
}

/** AssumeRoleWithWebIdentity is not signed: the token is the proof. */
async function byWebIdentity(
  parts: CloudParts,
  { role, token }: { role: string; token: string },
  place: Place,
): Promise<AwsKeys> {
  const fields = { RoleArn: role, RoleSessionName: sessionName(parts), WebIdentityToken: token }
  return keysInXml(await parts.http(stsRequest('AssumeRoleWithWebIdentity', fields, place)))
}

async function byRole(
  parts: CloudParts,
  { role, keys }: { role: string; keys: AwsKeys },
  place: Place,
): Promise<AwsKeys> {
  const request = stsRequest('AssumeRole', { RoleArn: role, RoleSessionName: sessionName(parts) }, place)
  const scope = { region: place.region, service: 'sts', now: parts.now() }
  return keysInXml(await parts.http(signed(request, keys, scope)))
}

function stsRequest(action: string, fields: Readonly<Record<string, string>>, { region, domain }: Place): CloudRequest {
  const url = new URL(`https://sts.${region}.${domain}/`)
  return { method: 'POST', url, ...form({ Action: action, Version: '2011-06-15', ...fields }) }
}

function sessionName({ environment }: CloudParts): string {
  return environment['AWS_ROLE_SESSION_NAME'] ?? session
}

async function containerKeys(parts: CloudParts): Promise<AwsKeys | undefined> {
  const { environment } = parts
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative } = environment
  const address = full ?? (relative === undefined ? undefined : `http://169.254.170.2${relative}`)
  if (address === undefined) return undefined
  if (!URL.canParse(address)) throw notSetUp('AWS_CONTAINER_CREDENTIALS_FULL_URI is no address')
  const url = new URL(address)
  if (url.protocol !== 'https:' && !containerHosts.includes(url.hostname))
    throw notSetUp(`AWS_CONTAINER_CREDENTIALS_FULL_URI names ${url.host}, to which nothing is sent without HTTPS`)
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: given } = environment
  // The file is written anew before the token ends.
  const token = file === undefined ? given : (await parts.readText(file)).trim()
  const headers = token === undefined || /[\r\n]/.test(token) ? {} : { authorization: token }
  return keysInJson(await parts.http({ method: 'GET', url, headers }))
}

/** Version 2 of the metadata service: what can only make an address be asked for (SSRF) gets no keys. */
async function instanceKeys(parts: CloudParts): Promise<AwsKeys> {
  if (parts.environment['AWS_EC2_METADATA_DISABLED'] === 'true')
    throw notSetUp('there is no identity of AWS for the operator: see docs/registries.md')
  const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' }
  const opened = await parts.http({ method: 'PUT', url: new URL(`${metadata}/api/token`), headers: ttl })
  if (opened.status !== 200) throw loginRefused('the metadata service of AWS', opened)
  const headers = { 'x-aws-ec2-metadata-token': opened.text.trim() }
  const roles = `${metadata}/meta-data/iam/security-credentials/`
  const role = await parts.http({ method: 'GET', url: new URL(roles), headers })
  if (role.status !== 200) throw loginRefused('the metadata service of AWS', role)
  const name = encodeURIComponent(role.text.split('\n')[0]?.trim() ?? '')
  return keysInJson(await parts.http({ method: 'GET', url: new URL(roles + name), headers }))
}

function keysInJson(answer: CloudAnswer): AwsKeys {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken } = jsonOf(answer.text)
  if (answer.status !== 200 || typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw loginRefused('AWS', answer)
  return { accessKeyId, secretAccessKey, sessionToken: typeof sessionToken === 'string' ? sessionToken : undefined }
}

/** Answers of STS are XML of one fixed form. */
function keysInXml(answer: CloudAnswer): AwsKeys {
  const text = (name: string): string | undefined => new RegExp(`<${name}>([^<>]+)</${name}>`).exec(answer.text)?.[1]
  const [accessKeyId, secretAccessKey] = [text('AccessKeyId'), text('SecretAccessKey')]
  if (answer.status !== 200 || accessKeyId === undefined || secretAccessKey === undefined)
    throw loginRefused('AWS STS', answer)
  return { accessKeyId, secretAccessKey, sessionToken: text('SessionToken') }
}
