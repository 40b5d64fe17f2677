import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../../../src/errors.ts'
import { createAwsProvider } from '../../../../src/registry/login/providers/aws.ts'
import { signed, type AwsKeys } from '../../../../src/registry/login/providers/aws-signature.ts'
import type { CloudParts } from '../../../../src/registry/login/providers/provider.ts'
import { account, asked, fieldsOf, useCloud, type Cloud, type CloudSeen } from './clouds.ts'

const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const own: AwsKeys = { accessKeyId: 'AKOWN', secretAccessKey: 'own-canary', sessionToken: undefined }
const role: AwsKeys = { accessKeyId: 'AKROLE', secretAccessKey: 'role-canary', sessionToken: 'session' }
const staticEnvironment = { AWS_ACCESS_KEY_ID: own.accessKeyId, AWS_SECRET_ACCESS_KEY: own.secretAccessKey }

/** Whether a request is signed by these keys: by signing once more what arrived. */
function isSigned(seen: CloudSeen, keys: AwsKeys, service: string): boolean {
  const date = String(seen.headers['x-amz-date'])
  const now = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..)/, '$1-$2-$3:$4:$5'))
  const names = /SignedHeaders=([^,]+)/.exec(seen.authorization ?? '')?.[1]?.split(';') ?? []
  const sent = names.filter((name) => !['host', 'x-amz-date', 'x-amz-security-token'].includes(name))
  const headers = Object.fromEntries(sent.map((name) => [name, String(seen.headers[name])]))
  const url = new URL(`${seen.origin}${seen.path}${seen.query}`)
  const again = signed({ method: seen.method as 'POST', url, headers, body: seen.body }, keys, {
    region: /\.([a-z]+-[a-z]+-\d)\./.exec(seen.origin)?.[1] ?? '',
    service,
    now,
  })
  return again.headers?.['authorization'] === seen.authorization && names.includes('host')
}

const xmlKeys = `<Response><Credentials><AccessKeyId>${role.accessKeyId}</AccessKeyId><SecretAccessKey>${role.secretAccessKey}</SecretAccessKey><SessionToken>session</SessionToken><Expiration>2026-06-01T01:00:00Z</Expiration></Credentials></Response>`
const jsonKeys = { AccessKeyId: role.accessKeyId, SecretAccessKey: role.secretAccessKey, Token: 'session' }
const data = {
  authorizationToken: Buffer.from('AWS:pass:word').toString('base64'),
  expiresAt: Date.UTC(2026, 5, 1, 12) / 1000 + 0.5,
}

/** A cloud that gives a login for requests signed by `keys`, and answers others by what is given. */
const cloudOf =
  (keys: AwsKeys, others: Readonly<Record<string, (seen: CloudSeen) => ReturnType<Cloud>>> = {}): Cloud =>
  (seen) => {
    const other = others[`${seen.method} ${seen.origin}${seen.path}`]
    if (other !== undefined) return other(seen)
    if (!seen.origin.startsWith('https://api.ecr')) return undefined
    if (!isSigned(seen, keys, seen.origin.includes('public') ? 'ecr-public' : 'ecr'))
      return { status: 403, body: { __type: 'com.amazon#InvalidSignatureException' } }
    const isPublic = seen.headers['x-amz-target'] === 'SpencerFrontendService.GetAuthorizationToken'
    return { body: { authorizationData: isPublic ? data : [data] } }
  }
const sts = 'POST https://sts.eu-west-1.amazonaws.com/'

const flows: readonly (readonly [
  name: string,
  environment: CloudParts['environment'],
  cloud: Cloud,
  requests: readonly string[],
])[] = [
  ['static keys', staticEnvironment, cloudOf(own), ['POST https://api.ecr.eu-west-1.amazonaws.com/']],
  [
    'static keys with a session',
    { ...staticEnvironment, AWS_SESSION_TOKEN: 'session' },
    cloudOf({ ...own, sessionToken: 'session' }),
    ['POST https://api.ecr.eu-west-1.amazonaws.com/'],
  ],
  [
    'a web identity (IRSA)',
    { AWS_ROLE_ARN: 'arn:aws:iam::1:role/r', AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_SESSION_NAME: 'me' },
    cloudOf(role, {
      [sts]: (seen) => {
        const fields = fieldsOf(seen)
        assert.equal(seen.authorization, undefined)
        assert.deepEqual(fields, {
          Action: 'AssumeRoleWithWebIdentity',
          Version: '2011-06-15',
          RoleArn: 'arn:aws:iam::1:role/r',
          RoleSessionName: 'me',
          WebIdentityToken: 'jwt',
        })
        return { body: xmlKeys }
      },
    }),
    [sts, 'POST https://api.ecr.eu-west-1.amazonaws.com/'],
  ],
  [
    'a role that is assumed by static keys',
    { ...staticEnvironment, AWS_ROLE_ARN: 'arn:aws:iam::1:role/r' },
    cloudOf(role, {
      [sts]: (seen) => {
        assert.equal(fieldsOf(seen)['Action'], 'AssumeRole')
        return isSigned(seen, own, 'sts') ? { body: xmlKeys } : { status: 403 }
      },
    }),
    [sts, 'POST https://api.ecr.eu-west-1.amazonaws.com/'],
  ],
  [
    'EKS Pod Identity',
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '/token',
    },
    cloudOf(role, {
      'GET http://169.254.170.23/v1/credentials': ({ authorization }) =>
        authorization === 'jwt' ? { body: jsonKeys } : { status: 401 },
    }),
    ['GET http://169.254.170.23/v1/credentials', 'POST https://api.ecr.eu-west-1.amazonaws.com/'],
  ],
  [
    'ECS',
    { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials/x' },
    cloudOf(role, { 'GET http://169.254.170.2/v2/credentials/x': () => ({ body: jsonKeys }) }),
    ['GET http://169.254.170.2/v2/credentials/x', 'POST https://api.ecr.eu-west-1.amazonaws.com/'],
  ],
  [
    "the instance's role",
    {},
    cloudOf(role, {
      'PUT http://169.254.169.254/latest/api/token': ({ headers }) =>
        headers['x-aws-ec2-metadata-token-ttl-seconds'] === '60' ? { body: 'metadata-token' } : { status: 400 },
      'GET http://169.254.169.254/latest/meta-data/iam/security-credentials/': ({ headers }) =>
        headers['x-aws-ec2-metadata-token'] === 'metadata-token' ? { body: 'node-role\n' } : { status: 401 },
      'GET http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role': ({ headers }) =>
        headers['x-aws-ec2-metadata-token'] === 'metadata-token' ? { body: jsonKeys } : { status: 401 },
    }),
    [
      'PUT http://169.254.169.254/latest/api/token',
      'GET http://169.254.169.254/latest/meta-data/iam/security-credentials/',
      'GET http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role',
      'POST https://api.ecr.eu-west-1.amazonaws.com/',
    ],
  ],
]

for (const [name, environment, cloud, requests] of flows)
  test(`a login by ${name}`, async (t) => {
    const { parts, seen } = await useCloud(t, cloud, { environment, files: { '/token': 'jwt\n' } })
    const { login, expiresAt } = await createAwsProvider(parts).login(host, undefined)
    assert.deepEqual(login, { username: 'AWS', password: 'pass:word' })
    assert.equal(expiresAt, Date.UTC(2026, 5, 1, 12) + 500)
    assert.deepEqual(seen.map(asked), requests)
    const [, target] = [seen.at(-1)?.headers['content-type'], seen.at(-1)?.headers['x-amz-target']]
    assert.equal(target, 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken')
  })

test('the public registry has its own service, in its own region', async (t) => {
  const { parts, seen } = await useCloud(t, cloudOf(own), { environment: staticEnvironment })
  const { login } = await createAwsProvider(parts).login('public.ecr.aws', undefined)
  assert.equal(login.username, 'AWS')
  assert.deepEqual(seen.map(asked), ['POST https://api.ecr-public.us-east-1.amazonaws.com/'])
})

test("an account's role, by its own token; the operator's keys are not used", async (t) => {
  const cloud = cloudOf(role, {
    [sts]: (seen) => {
      const { RoleArn, WebIdentityToken } = fieldsOf(seen)
      assert.deepEqual([RoleArn, WebIdentityToken], ['arn:aws:iam::1:role/web', 'token for sts.amazonaws.com'])
      return { body: xmlKeys }
    },
  })
  const { parts } = await useCloud(t, cloud, { environment: staticEnvironment })
  const annotated = account({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/web' })
  assert.equal((await createAwsProvider(parts).login(host, annotated)).login.username, 'AWS')
})

const refused: readonly (readonly [
  name: string,
  environment: CloudParts['environment'],
  cloud: Cloud,
  message: RegExp,
])[] = [
  [
    'another signature',
    staticEnvironment,
    cloudOf(role),
    /^api\.ecr\.eu-west-1\.amazonaws\.com gives no login for the registry \(HTTP 403, InvalidSignatureException\)$/,
  ],
  [
    'STS',
    { AWS_ROLE_ARN: 'r', AWS_WEB_IDENTITY_TOKEN_FILE: '/token' },
    () => ({
      status: 403,
      body: '<ErrorResponse><Error><Code>AccessDenied</Code><Message>canary</Message></Error></ErrorResponse>',
    }),
    /^AWS STS gives no login for the registry \(HTTP 403, AccessDenied\)$/,
  ],
  [
    'an answer that is none',
    staticEnvironment,
    () => ({ body: '<html>canary' }),
    /gives no login for the registry \(HTTP 200\)$/,
  ],
  [
    'no identity at all',
    { AWS_EC2_METADATA_DISABLED: 'true' },
    () => undefined,
    /^there is no identity of AWS for the operator/,
  ],
  [
    'an address of keys that is somebody else’s',
    {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.2.evil.example/',
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'canary',
    },
    () => ({ body: jsonKeys }),
    /names 169\.254\.170\.2\.evil\.example, to which nothing is sent without HTTPS$/,
  ],
]

for (const [name, environment, cloud, message] of refused)
  test(`no login: ${name}`, async (t) => {
    const { parts } = await useCloud(t, cloud, { environment, files: { '/token': 'canary' } })
    await assert.rejects(createAwsProvider(parts).login(host, undefined), (error) => {
      assert.ok(error instanceof ReconcileError && error.reason === 'RegistryAuthFailed')
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
  })

test('an account that names no role', async (t) => {
  const { parts, seen } = await useCloud(t, () => undefined)
  await assert.rejects(
    createAwsProvider(parts).login(host, account({})),
    /ServiceAccount apps\/web names no role; annotate it with eks\.amazonaws\.com\/role-arn$/,
  )
  assert.deepEqual(seen, [])
})

const target = (seen: CloudSeen): string => String(seen.headers['x-amz-target']).replace(/^.*\./, '')
const keysFor = (number: number) => ({ ...jsonKeys, AccessKeyId: `AK${number}`, Token: `session${number}` })
const podIdentity = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials' }

/** EKS, whose keys end: those that count are the last that were given, unless `stale` ones are given again and again. */
async function useEndingKeys(t: TestContext, stale: () => boolean) {
  let given = 0
  let valid = 1
  const cloud: Cloud = (seen) => {
    if (seen.origin.includes('169.254')) {
      if (!stale()) valid = ++given
      return { body: keysFor(given) }
    }
    const number = Number(/session(\d+)/.exec(String(seen.headers['x-amz-security-token']))?.[1])
    if (number !== valid) return { status: 400, body: { __type: 'com.amazon.coral.service#ExpiredTokenException' } }
    return { body: target(seen) === 'DescribeImages' ? { imageDetails: [number] } : { authorizationData: [data] } }
  }
  const { parts, seen } = await useCloud(t, cloud, { environment: podIdentity })
  const { api = assert.fail() } = await createAwsProvider(parts).login(host, undefined)
  const told = () => seen.splice(0).map((one) => (one.method === 'GET' ? 'keys' : target(one)))
  return { api, told, end: () => (valid = -1) }
}

test('keys that end before the login does are got anew, and what was asked is asked again', async (t) => {
  const { api, told, end } = await useEndingKeys(t, () => false)
  assert.equal((await api('DescribeImages', {})).text, '{"imageDetails":[1]}')
  assert.deepEqual(told(), ['keys', 'GetAuthorizationToken', 'DescribeImages'])
  end()
  assert.equal((await api('DescribeImages', {})).text, '{"imageDetails":[2]}')
  assert.equal((await api('DescribeImages', {})).text, '{"imageDetails":[2]}')
  assert.deepEqual(told(), ['DescribeImages', 'keys', 'DescribeImages', 'DescribeImages'])
})

test('where new keys have ended too, they are not asked for on and on', async (t) => {
  let stale = false
  const { api, told, end } = await useEndingKeys(t, () => stale)
  told()
  end()
  stale = true
  assert.equal((await api('DescribeImages', {})).status, 400)
  assert.deepEqual(told(), ['DescribeImages', 'keys', 'DescribeImages'])
})

test('the API of the registry is asked with the keys of the login, signed; the public registry has none', async (t) => {
  const page = { imageDetails: [], padding: 'x'.repeat(100_000) }
  const { parts, seen } = await useCloud(
    t,
    (request) => {
      if (request.headers['x-amz-target'] !== 'AmazonEC2ContainerRegistry_V20150921.DescribeImages')
        return cloudOf(own)(request)
      return isSigned(request, own, 'ecr') ? { body: page } : { status: 403 }
    },
    { environment: staticEnvironment },
  )
  const provider = createAwsProvider(parts)
  const { api } = await provider.login(host, undefined)
  const answer = await api?.('DescribeImages', { repositoryName: 'shop/web' })
  assert.deepEqual([answer?.status, JSON.parse(answer?.text ?? '')], [200, page], 'longer than any login')
  assert.equal(seen.at(-1)?.body, '{"repositoryName":"shop/web"}')
  assert.equal((await provider.login('public.ecr.aws', undefined)).api, undefined)
})
