// Whole passes over what the real registry can't be made to do: tags, digests and creation times, dialect by dialect.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import type { Login } from '../../src/registry/login/credentials.ts'
import { acr, acrTokens } from '../servers/registry-dialects/acr.ts'
import { dockerHub, dockerHubTokens } from '../servers/registry-dialects/docker-hub.ts'
import { ecr, ecrStorage } from '../servers/registry-dialects/ecr.ts'
import { ecrPublic } from '../servers/registry-dialects/ecr-public.ts'
import { gar, garTokens } from '../servers/registry-dialects/gar.ts'
import { artifactoryRegistry } from '../servers/registry-dialects/artifactory.ts'
import { distribution3Registry } from '../servers/registry-dialects/distribution3.ts'
import { ghcrRegistry } from '../servers/registry-dialects/ghcr.ts'
import { gitea } from '../servers/registry-dialects/gitea.ts'
import { gitlab, gitlabTokens } from '../servers/registry-dialects/gitlab.ts'
import { harborRegistry } from '../servers/registry-dialects/harbor.ts'
import { nexusRegistry } from '../servers/registry-dialects/nexus.ts'
import { quayRegistry, quayTokens } from '../servers/registry-dialects/quay.ts'
import type { Dialect } from '../servers/registry-dialects/server.ts'
import { stocked } from '../servers/registry-dialects/stock.ts'
import { withTokens, type TokenDialect } from '../servers/registry-dialects/tokens.ts'
import { zotRegistry } from '../servers/registry-dialects/zot.ts'
import { accessTo, openScans, useDialect } from './fixture.ts'

const images = { '1.1': '2026-01-02T00:00:00Z', '1.0': '2026-01-01T00:00:00Z', '1.2': '2026-01-03T00:00:00Z' }
const sorted = ['1.0', '1.1', '1.2']
const password = 'very-secret-canary'
const basicOf = ({ username, password: word }: Login): string =>
  `Basic ${Buffer.from(`${username}:${word}`).toString('base64')}`
const ann = { username: 'ann', password }
const robot = { username: 'robot$web', password }
const google = { username: 'oauth2accesstoken', password }
const nobody = { username: '00000000-0000-0000-0000-000000000000', password }
const aws = { username: 'AWS', password }

interface Row {
  readonly name: string
  readonly speak: (t: TestContext) => Promise<Dialect> | Dialect
  readonly credentials?: Login
  readonly repository?: string
  /** As policies write it, where that tells what it is. */
  readonly host?: string
}

const tokens = (tokenDialect: TokenDialect, inner: Dialect) => (): Dialect => withTokens(tokenDialect, inner).dialect

const rows: readonly Row[] = [
  { name: 'GHCR', speak: () => ghcrRegistry(images) },
  { name: 'GHCR, as somebody', speak: () => ghcrRegistry(images, basicOf(ann)), credentials: ann },
  { name: 'Quay', speak: tokens(quayTokens(), quayRegistry(images)) },
  { name: 'Quay, as a robot', speak: tokens(quayTokens(basicOf(ann)), quayRegistry(images)), credentials: ann },
  {
    name: 'Artifactory',
    speak: () => artifactoryRegistry(images, basicOf(ann)),
    credentials: ann,
    repository: 'docker/shop/web',
  },
  { name: 'Nexus', speak: () => nexusRegistry(images, basicOf(ann)), credentials: ann },
  { name: 'Zot', speak: () => zotRegistry(images, basicOf(ann)), credentials: ann },
  { name: 'distribution 3', speak: () => distribution3Registry(images) },
  { name: 'GitLab', speak: tokens(gitlabTokens, gitlab(images)) },
  { name: 'Gitea', speak: tokens(gitea, stocked({ images })) },
  { name: 'Harbor', speak: () => harborRegistry(images, basicOf(robot)), credentials: robot },
  { name: 'Google', speak: tokens(garTokens(basicOf(google)), gar(images)), credentials: google },
  {
    name: 'Azure',
    speak: tokens(acrTokens(basicOf(nobody)), acr(images)),
    credentials: nobody,
    host: 'shop.azurecr.io',
  },
  {
    name: 'Amazon',
    speak: async (t) => {
      const { url: storage } = await useDialect(t, ecrStorage(images))
      return ecr(images, { authorization: basicOf(aws), storage })
    },
    credentials: aws,
  },
  {
    name: "Amazon's public registry, which tells digests by nothing",
    speak: tokens(ecrPublic, stocked({ images, told: () => ({}) })),
  },
  { name: 'one that does not know HEAD', speak: () => refusingHead(405) },
  { name: 'one whose HEAD finds nothing', speak: () => refusingHead(404) },
]

function refusingHead(status: number): Dialect {
  const inner = stocked({ images })
  return (request, server) => (request.method === 'HEAD' ? { status } : inner(request, server))
}

for (const { name, speak, credentials, repository = 'shop/web', host } of rows)
  test(`${name}: tags, digests and creation times; nothing anew when nothing is new`, async (t) => {
    const server = await useDialect(t, await speak(t))
    const { scans, clock } = openScans(t)
    const dialect = host === undefined ? {} : { api: server.url }
    const access = accessTo(host ?? server.host, { credentials, repository, dialect })
    const isImage = (tag: string): boolean => !tag.startsWith('sha256-')
    const look = async () => {
      const scan = await scans.tags(access, { notBefore: clock.now() })
      const tags = scan.tags.filter(isImage)
      const metadata = await scans.metadata(access, tags, { notBefore: clock.now() })
      clock.advance(30_000)
      return { tags, times: tags.map((tag) => metadata.get(tag)?.createdAt) }
    }
    const first = await look()
    assert.deepEqual(first, { tags: sorted, times: [1, 2, 3].map((day) => Date.UTC(2026, 0, day)) })
    server.requests.splice(0)
    assert.deepEqual(await look(), first)
    const read = server.requests.filter(({ method, path }) => method === 'GET' && path.includes('sha256:'))
    assert.deepEqual(read, [])
  })

test('Docker Hub: when its pulls are used up, nothing more is pulled, and tags and digests go on', async (t) => {
  const server = await useDialect(t, withTokens(dockerHubTokens, dockerHub(images, 2)).dialect)
  const { scans, clock } = openScans(t)
  const dialect = { api: server.url, defaultNamespace: 'library' }
  const access = accessTo('docker.io', { repository: 'web', dialect })
  const pulls = () => server.requests.filter(({ method, path }) => method === 'GET' && path.includes('/manifests/'))
  const { tags } = await scans.tags(access, { notBefore: clock.now() })
  const look = () => scans.metadata(access, tags, { notBefore: clock.now() })
  await assert.rejects(look(), (error) => {
    assert.ok(error instanceof ReconcileError)
    assert.equal(error.reason, 'RegistryRateLimited')
    return true
  })
  const asked = pulls().length
  clock.advance(120_000)
  await assert.rejects(look(), /has no pull left for us/)
  assert.equal(pulls().length, asked, 'not one more')
  assert.deepEqual((await scans.tags(access, { notBefore: clock.now() })).tags, sorted)
  assert.match((await scans.digest(access, '1.0', { notBefore: clock.now() })) ?? '', /^sha256:/)
})

test('GitLab: a token without access is no reason to ask for tokens again and again', async (t) => {
  const { dialect, issued } = withTokens({ ...gitlabTokens, scope: 'another' }, gitlab(images))
  const server = await useDialect(t, dialect)
  const { scans } = openScans(t)
  await assert.rejects(scans.tags(accessTo(server.host), { notBefore: 0 }), /can't be pulled without credentials/)
  assert.ok(issued() <= 2, `${issued()} tokens`)
})

test('a Secret that was rotated counts from the next look', async (t) => {
  let right = 'one'
  const server = await useDialect(t, (request, self) => {
    const isIn = request.authorization === basicOf({ username: 'ann', password: right })
    const challenge = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } }
    return isIn ? stocked({ images })(request, self) : challenge
  })
  const { scans, clock } = openScans(t)
  const look = async (word: string) => {
    clock.advance(60_000)
    const access = accessTo(server.host, { credentials: { username: 'ann', password: word } })
    return (await scans.tags(access, { notBefore: clock.now() })).tags
  }
  assert.deepEqual(await look('one'), sorted)
  right = 'two'
  await assert.rejects(look('one'), /refuses the credentials/)
  assert.deepEqual(await look('two'), sorted)
})
