import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTls, withoutClient, type TlsMaterial } from '../../src/http/tls-settings.ts'
import { createAuthority, issueCertificate } from '../servers/certificate.ts'

const authority = createAuthority('authority')
const one = issueCertificate(authority, { commonName: 'one' })
const other = issueCertificate(authority, { commonName: 'other' })
const bytes = (text: string): Buffer => Buffer.from(text)

const refused: readonly (readonly [name: string, material: TlsMaterial, fault: string])[] = [
  ['an authority that is none', { ca: bytes('no') }, 'ca holds no certificates in PEM'],
  [
    'an authority that is cut',
    { ca: bytes(authority.certificate + one.certificate.replace(/M/g, '')) },
    'ca holds no certificates in PEM',
  ],
  [
    'a certificate alone',
    { certificate: bytes(one.certificate) },
    'certificate and key belong together: give both, or none',
  ],
  ['a key alone', { key: bytes(one.key) }, 'certificate and key belong together: give both, or none'],
  [
    'a certificate that is none',
    { certificate: bytes('no'), key: bytes(one.key) },
    'certificate holds no certificate in PEM',
  ],
  [
    "another's key",
    { certificate: bytes(one.certificate), key: bytes(other.key) },
    'key is no private key in PEM, or not that of the certificate',
  ],
  [
    'a key that is none',
    { certificate: bytes(one.certificate), key: bytes('no') },
    'key is no private key in PEM, or not that of the certificate',
  ],
]

for (const [name, material, fault] of refused)
  test(`refused: ${name}`, () => assert.deepEqual(parseTls(material), { ok: false, fault }))

test('the same settings have the same id, others another, and it tells nothing', () => {
  const ca = bytes(authority.certificate)
  const [client, key] = [bytes(one.certificate), bytes(one.key)]
  const ids = [{ ca }, { ca }, { ca, certificate: client, key }, {}].map((material) => {
    const parsed = parseTls(material)
    assert.ok(parsed.ok)
    return parsed.value.id
  })
  assert.equal(ids[0], ids[1])
  assert.equal(new Set(ids).size, 3)
})

test('for another host only the authority is left', () => {
  const parsed = parseTls({
    ca: bytes(authority.certificate),
    certificate: bytes(one.certificate),
    key: bytes(one.key),
  })
  assert.ok(parsed.ok)
  assert.equal(withoutClient(parsed.value)?.client, undefined)
  assert.equal(withoutClient(parsed.value)?.ca, authority.certificate)
  assert.equal(withoutClient(undefined), undefined)
})
