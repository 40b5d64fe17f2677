// What a proxy does, and what is said of it to whoever asks through it; registries are asked in test/registry/behind-proxy.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { transportError } from '../../src/git/wire/transport-error.ts'
import { ProxyFault } from '../../src/http/proxy-fault.ts'
import { errorIn } from '../../src/http/thrown.ts'

const url = new URL('http://ann:canary@proxy.example.com:3128')
const refused = Object.assign(new Error('canary'), { code: 'ECONNREFUSED' })
const untrusted = Object.assign(new Error('canary'), { code: 'CERT_HAS_EXPIRED' })

test('a fault is found however it is wrapped, and tells no password', () => {
  const fault = new ProxyFault(url, { cause: refused })
  assert.equal(errorIn(ProxyFault, new TypeError('failed', { cause: new Error('x', { cause: fault }) })), fault)
  assert.equal(errorIn(ProxyFault, refused), undefined)
  assert.equal(errorIn(ProxyFault, undefined), undefined)
  assert.equal(fault.proxy, 'proxy.example.com:3128')
  assert.doesNotMatch(fault.message, /canary/)
})

const git: readonly (readonly [fault: ProxyFault, reason: string, message: string])[] = [
  [
    new ProxyFault(url, { cause: refused }),
    'GitUnavailable',
    "the proxy proxy.example.com:3128 before git.example.com can't be reached: it refuses connections",
  ],
  [
    new ProxyFault(url, { cause: untrusted }),
    'TLSVerificationFailed',
    'the TLS certificate of the proxy proxy.example.com:3128 before git.example.com could not be verified (CERT_HAS_EXPIRED)',
  ],
  [
    new ProxyFault(url, { status: 407 }),
    'GitUnavailable',
    "the proxy proxy.example.com:3128 before git.example.com opens no tunnel (HTTP 407); look at proxy in Argo CD's Secret for the repository",
  ],
]
for (const [fault, reason, message] of git)
  test(`git tells the proxy from the server: ${message}`, () => {
    const asked = { name: 'shop', host: 'git.example.com', authorized: false, push: false }
    const told = transportError(new Error('failed', { cause: fault }), asked)
    assert.deepEqual([told.reason, told.message], [reason, message])
  })
