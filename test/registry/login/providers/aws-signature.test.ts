import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signed } from '../../../../src/registry/login/providers/aws-signature.ts'
import type { CloudRequest } from '../../../../src/registry/login/providers/provider.ts'

const keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: undefined,
}
const now = Date.UTC(2015, 7, 30, 12, 36, 0)
const example = 'https://example.amazonaws.com'
const formType = { 'content-type': 'application/x-www-form-urlencoded' }

/** AWS' own test suite of Signature Version 4, and the example of its documentation. */
const vectors: readonly (readonly [
  name: string,
  request: Omit<CloudRequest, 'url'> & { url: string },
  signature: string,
  service?: string,
])[] = [
  [
    'get-vanilla',
    { method: 'GET', url: `${example}/` },
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'post-vanilla',
    { method: 'POST', url: `${example}/` },
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'get-vanilla-query-order-key-case',
    { method: 'GET', url: `${example}/?Param2=value2&Param1=value1` },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', url: `${example}/`, headers: formType, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'ListUsers of the documentation',
    {
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    },
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    'iam',
  ],
]

for (const [name, { url, ...request }, signature, service = 'service'] of vectors)
  test(`vector ${name}`, () => {
    const { headers } = signed({ ...request, url: new URL(url) }, keys, { region: 'us-east-1', service, now })
    assert.equal(headers?.['x-amz-date'], '20150830T123600Z')
    assert.match(
      headers?.['authorization'] ?? '',
      new RegExp(
        `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=${signature}$`,
      ),
    )
  })

test('a session token is sent and signed', () => {
  const request = { method: 'GET', url: new URL(`${example}/`) } as const
  const { headers } = signed(request, { ...keys, sessionToken: 'session' }, { region: 'r', service: 's', now })
  assert.equal(headers?.['x-amz-security-token'], 'session')
  assert.match(headers?.['authorization'] ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/)
})

test('characters of a query are escaped as AWS does it', () => {
  const sign = (query: string) =>
    signed({ method: 'GET', url: new URL(`${example}/?${query}`) }, keys, { region: 'r', service: 's', now }).headers
  assert.deepEqual(sign("a=!'()*"), sign('a=%21%27%28%29%2A'))
  assert.notDeepEqual(sign('a=1'), sign('a=2'))
})
