import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isKeyFor, isSameHost, normalisedKey } from '../../../src/registry/login/registry-key.ts'

// As kubernetes' pkg/credentialprovider/keyring_test.go has them, with our own hosts.
const rows: readonly (readonly [key: string, image: string, fits: boolean])[] = [
  ['quay.io', 'quay.io/shop/web', true],
  ['https://quay.io', 'quay.io/shop/web', true],
  ['HTTPS://Quay.io', 'quay.io/shop/web', true],
  ['http://quay.io/v2/', 'quay.io/shop/web', true],
  ['quay.io/shop', 'quay.io/shop/web', true],
  ['quay.io/sho', 'quay.io/shop/web', true],
  ['quay.io/other', 'quay.io/shop/web', false],
  ['quay.io/shop/web', 'quay.io/shop/web', true],
  ['quay.io/shop/web/x', 'quay.io/shop/web', false],
  ['quay.io.evil.example', 'quay.io/shop/web', false],
  ['quay.io', 'quay.io.evil.example/shop/web', false],
  ['evilquay.io', 'quay.io/shop/web', false],
  ['quay.io', 'evilquay.io/shop/web', false],
  ['quay.io:5000', 'quay.io/shop/web', false],
  ['quay.io', 'quay.io:5000/shop/web', false],
  ['quay.io:5000', 'quay.io:5000/shop/web', true],
  ['*.quay.io', 'a.quay.io/shop/web', true],
  ['*.quay.io', 'quay.io/shop/web', false],
  ['*.quay.io', 'a.b.quay.io/shop/web', false],
  ['*.*.quay.io', 'a.b.quay.io/shop/web', true],
  ['*-good.quay.io', 'a-good.quay.io/shop/web', true],
  ['r?.quay.io', 'r1.quay.io/shop/web', true],
  ['r[0-9].quay.io', 'r1.quay.io/shop/web', true],
  ['r[0-9].quay.io', 'rx.quay.io/shop/web', false],
  ['r[.quay.io', 'r1.quay.io/shop/web', false],
  ['*', 'quay.io/shop/web', false],
  ['*.quay.io/shop', 'a.quay.io/shop/web', true],
  ['*.quay.io:5000', 'a.quay.io:5000/shop/web', true],
  ['https://index.docker.io/v1/', 'docker.io/library/nginx', true],
  ['docker.io', 'docker.io/library/nginx', true],
  ['registry-1.docker.io', 'docker.io/library/nginx', true],
  ['index.docker.io/library', 'docker.io/library/nginx', true],
  ['docker.io/other', 'docker.io/library/nginx', false],
  ['docker.io', 'docker.io.evil.example/library/nginx', false],
  ['quay.io/v2x', 'quay.io/v2x/web', true],
  ['127.0.0.1:5000', '127.0.0.1:5000/web', true],
  ['', 'quay.io/shop/web', false],
]

for (const [key, image, fits] of rows)
  test(`the key "${key}" is ${fits ? '' : 'not '}for ${image}`, () => {
    const slash = image.indexOf('/')
    assert.equal(isKeyFor(normalisedKey(key), image.slice(0, slash), image.slice(slash + 1)), fits)
  })

test('hosts are the same by name, Docker Hub by all of its names', () => {
  assert.ok(isSameHost('GHCR.io', 'ghcr.io'))
  assert.ok(isSameHost('index.docker.io', 'docker.io'))
  assert.ok(!isSameHost('ghcr.io', 'ghcr.io:443'))
  assert.ok(!isSameHost('ghcr.io', 'ghcr.io.evil.example'))
})
