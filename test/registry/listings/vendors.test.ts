import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Login } from '../../../src/registry/login/credentials.ts'
import { createListedDigests } from '../../../src/registry/listings/listed-digests.ts'
import { dockerHub } from '../../../src/registry/listings/docker-hub.ts'
import type { HttpListing } from '../../../src/registry/listings/listing.ts'
import { toldAlong } from '../../../src/registry/listings/told-along.ts'
import { httpListingFor, listingFor, tellsAlong } from '../../../src/registry/listings/vendors.ts'
import type { CloudAnswer, CloudApi } from '../../../src/registry/login/providers/provider.ts'
import type { RepositoryAccess } from '../../../src/registry/repository-access.ts'
import { acr, acrTokens } from '../../servers/registry-dialects/acr.ts'
import { gar } from '../../servers/registry-dialects/gar.ts'
import { gitlab, gitlabTokens } from '../../servers/registry-dialects/gitlab.ts'
import { harbor } from '../../servers/registry-dialects/harbor.ts'
import {
  acrListing,
  beside,
  gitlabListing,
  harborListing,
  hubListing,
  quayListing,
} from '../../servers/registry-dialects/listing.ts'
import type { Dialect } from '../../servers/registry-dialects/server.ts'
import { digestsOf, stocked } from '../../servers/registry-dialects/stock.ts'
import { withTokens } from '../../servers/registry-dialects/tokens.ts'
import { accessTo, openHttp, openScans, useDialect } from '../fixture.ts'

const at = (host: string, more: Partial<RepositoryAccess> = {}) => accessTo(host, { insecure: false, ...more })
const addressOf = (access: RepositoryAccess): string | undefined => httpListingFor(access)?.first(access)?.href

const addresses: readonly (readonly [name: string, access: RepositoryAccess, address: string | undefined])[] = [
  [
    'Docker Hub',
    at('docker.io', { repository: 'nginx' }),
    'https://hub.docker.com/v2/namespaces/library/repositories/nginx/tags?page_size=100&ordering=last_updated',
  ],
  ['a path that Docker Hub does not have', at('docker.io', { repository: 'a/b/c' }), undefined],
  ['Quay', at('quay.io'), 'https://quay.io/api/v1/repository/shop/web/tag/?limit=100&page=1&onlyActiveTags=true'],
  [
    'GitLab',
    at('registry.gitlab.com', { repository: 'group/app/web' }),
    'https://registry.gitlab.com/gitlab/v1/repositories/group/app/web/tags/list/?n=100&sort=-published_at',
  ],
  ['Azure', at('shop.azurecr.io'), 'https://shop.azurecr.io/acr/v1/shop/web/_tags?n=100&orderby=timedesc'],
  [
    'a Harbor, its repository within a folder',
    at('harbor.example.com', { repository: 'shop/team/web', dialect: { listing: 'harbor' } }),
    'https://harbor.example.com/api/v2.0/projects/shop/repositories/team%252Fweb/artifacts?with_tag=true&q=tags%3D*&sort=-push_time&page_size=100&page=1',
  ],
  [
    'a Harbor without a project',
    at('harbor.example.com', { repository: 'web', dialect: { listing: 'harbor' } }),
    undefined,
  ],
  [
    'a Quay at another address',
    at('quay.example.com', { dialect: { listing: 'quay', api: 'https://inner.example.com/q' } }),
    'https://inner.example.com/q/api/v1/repository/shop/web/tag/?limit=100&page=1&onlyActiveTags=true',
  ],
  ['a host of which nothing is said', at('registry.example.com'), undefined],
  ['a host that looks like Quay', at('quay.io.example.com'), undefined],
  ['a host that looks like Azure', at('shop.azurecr.io.example.com'), undefined],
  ['where the file says none', at('quay.io', { dialect: { listing: 'none' } }), undefined],
  ['where the file says another address', at('docker.io', { dialect: { api: 'https://hub.example.com' } }), undefined],
  ['where mirrors answer', at('quay.io', { mirrors: [at('mirror.example.com')] }), undefined],
  ['Google, which tells along', at('eu-docker.pkg.dev'), undefined],
]
for (const [name, access, address] of addresses)
  test(`the listing of ${name} begins at ${address ?? 'nothing'}`, () => assert.equal(addressOf(access), address))

for (const [host, told] of [
  ['eu-docker.pkg.dev', true],
  ['gcr.io', true],
  ['asia.gcr.io', true],
  ['mirror.gcr.io', false],
  ['gcr.io.example.com', false],
  ['ghcr.io', false],
] as const)
  test(`${host} tells digests along: ${told}`, () => assert.equal(tellsAlong(at(host)), told))

const a = `sha256:${'a'.repeat(64)}`
const b = `sha256:${'b'.repeat(64)}`
const along: readonly (readonly [name: string, list: object, digests: readonly (readonly [string, string])[]])[] = [
  [
    'its tags',
    { manifest: { [a]: { tag: ['1', '2'] }, [b]: { tag: [] } } },
    [
      ['1', a],
      ['2', a],
    ],
  ],
  ['no tag with two digests', { manifest: { [a]: { tag: ['1', '2'] }, [b]: { tag: ['1'] } } }, [['2', a]]],
  ['nothing that is no digest', { manifest: { sha256: { tag: ['1'] }, [a]: { tag: [1, null] }, [b]: null } }, []],
  ['nothing where there is nothing', { tags: ['1'] }, []],
  ['nothing where there is something else', { manifest: ['1'] }, []],
]
for (const [name, list, digests] of along)
  test(`a list of Google's tells along: ${name}`, () => assert.deepEqual([...toldAlong(list)], digests))

const images = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [`1.${i}`, `2026-01-${String(i + 1).padStart(2, '0')}T00:00:00Z`]),
)
const password = 'very-secret-canary'
const basicOf = ({ username, password: word }: Login): string =>
  `Basic ${Buffer.from(`${username}:${word}`).toString('base64')}`
const robot = { username: 'robot$web', password }
const nobody = { username: '00000000-0000-0000-0000-000000000000', password }

interface Row {
  readonly vendor: 'acr' | 'gar' | 'gitlab' | 'harbor' | 'quay'
  readonly speak: Dialect
  readonly credentials?: Login
  /** Requests for the listing, of a first look and of one when nothing is new. */
  readonly pages: readonly [first: number, later: number]
}

const rows: readonly Row[] = [
  {
    vendor: 'acr',
    speak: beside(acrListing(images, 5), acr(images)),
    credentials: nobody,
    pages: [3, 1],
  },
  { vendor: 'gar', speak: gar(images), pages: [0, 0] },
  {
    vendor: 'gitlab',
    speak: withTokens(gitlabTokens, beside(gitlabListing(images, 5), gitlab(images))).dialect,
    // The first page is asked for with the token that the registry gave for its tag list.
    pages: [3, 1],
  },
  {
    vendor: 'harbor',
    speak: beside(
      harborListing(images, basicOf(robot), 5),
      withTokens(harbor('shop/web', basicOf(robot)), stocked({ images })).dialect,
    ),
    credentials: robot,
    pages: [3, 1],
  },
  {
    vendor: 'quay',
    speak: beside(quayListing(images, 5), stocked({ images })),
    credentials: robot,
    pages: [3, 1],
  },
]
const isListing = ({ path }: { path: string }): boolean => /^\/(api|acr|gitlab)\//.test(path)

for (const { vendor, speak, credentials, pages } of rows)
  test(`${vendor}: digests by its listing instead of HEAD, and images as the registry has them`, async (t) => {
    const server = await useDialect(t, speak)
    const { scans, clock } = openScans(t)
    const access = accessTo(server.host, { credentials, dialect: { listing: vendor } })
    const look = async () => {
      server.requests.splice(0)
      const { tags } = await scans.tags(access, { notBefore: clock.now() })
      const metadata = await scans.metadata(access, tags, { notBefore: clock.now() })
      clock.advance(30_000)
      const count = (is: (request: (typeof server.requests)[number]) => boolean) => server.requests.filter(is).length
      return {
        known: tags.map((tag) => [tag, metadata.get(tag)?.digest, metadata.get(tag)?.createdAt]),
        heads: count(({ method }) => method === 'HEAD'),
        pages: count(isListing),
        reads: count(({ method, path }) => method === 'GET' && path.includes('sha256:')),
      }
    }
    const known = Object.entries(images)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([tag, created]) => [tag, digestsOf(images).get(tag), Date.parse(created)])
    assert.deepEqual(await look(), { known, heads: 0, pages: pages[0], reads: 24 })
    assert.deepEqual(await look(), { known, heads: 0, pages: pages[1], reads: 0 })
  })

test('Azure is asked for one token, which allows reading metadata and content, for its tag list, its listing and all else', async (t) => {
  const { dialect, issued } = withTokens(acrTokens(basicOf(nobody)), beside(acrListing(images), acr(images)))
  const server = await useDialect(t, dialect)
  const { scans, clock } = openScans(t)
  const access = accessTo(server.host, { credentials: nobody, dialect: { listing: 'acr' } })
  const { tags } = await scans.tags(access, { notBefore: clock.now() })
  const metadata = await scans.metadata(access, tags, { notBefore: clock.now() })
  assert.equal(metadata.size, Object.keys(images).length)
  assert.equal(issued(), 1)
  assert.deepEqual(
    server.requests.filter(isListing).map(({ authorization }) => authorization),
    ['Bearer token-1'],
  )
  assert.equal(server.requests.filter(({ method }) => method === 'HEAD').length, 0)
})

const pages: readonly (readonly [name: string, listing: HttpListing, body: unknown, tags: unknown])[] = [
  ['a page of Docker Hub', dockerHub, { results: [{ name: '1', digest: a }] }, [['1', a]]],
  ['an image of long ago, without a digest', dockerHub, { results: [{ name: '1', images: [] }] }, []],
  ['a digest of another kind', dockerHub, { results: [{ name: '1', digest: 'sha512:abc' }] }, []],
  ['another kind of answer', dockerHub, { message: 'object not found' }, undefined],
  ['a list of something else', dockerHub, { results: ['1'] }, undefined],
  ['a login page', dockerHub, '<html>', undefined],
]
for (const [name, listing, body, tags] of pages)
  test(`a listing: ${name}`, () => {
    const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    const page = listing.read({ url: new URL('https://hub.docker.com/x'), status: 200, headers: {}, body: content })
    assert.deepEqual(page?.tags, tags)
  })

const ecrHost = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const described = [...digestsOf(images)].map(([tag, imageDigest]) => ({
  imageDigest,
  imageTags: [tag],
  imagePushedAt: 1,
}))

/** Amazon's API, five images a page. */
function describing(answer: (action: string, parameters: object) => CloudAnswer = describe) {
  const asked: (readonly [string, object])[] = []
  const cloudApi: CloudApi = async (action, parameters) => {
    asked.push([action, parameters])
    return answer(action, parameters)
  }
  return { asked, cloudApi }
}

function describe(_: string, parameters: object): CloudAnswer {
  const { nextToken = '0' } = parameters as { nextToken?: string }
  const end = Number(nextToken) + 5
  const page = { imageDetails: described.slice(end - 5, end), ...(end < described.length && { nextToken: `${end}` }) }
  return { status: 200, headers: {}, text: JSON.stringify(page) }
}

test('Amazon is asked by the API of the cloud, page after page, with nothing of the registry’s own', async (t) => {
  const { asked, cloudApi } = describing()
  const { authorized: http, clock } = openHttp(t)
  const access = at(ecrHost, { cloudApi })
  const digests = await createListedDigests({ http, access, now: clock.now }).of(Object.keys(images))
  assert.deepEqual([...digests], [...digestsOf(images)])
  const of = {
    registryId: '123456789012',
    repositoryName: 'shop/web',
    filter: { tagStatus: 'TAGGED' },
    maxResults: 1000,
  }
  assert.deepEqual(asked, [
    ['DescribeImages', of],
    ['DescribeImages', { ...of, nextToken: '5' }],
    ['DescribeImages', { ...of, nextToken: '10' }],
  ])
})

for (const [name, answer] of [
  ['an identity that may not', { status: 400, headers: {}, text: '{"__type":"AccessDeniedException"}' }],
  ['something else', { status: 200, headers: {}, text: '{"images":[]}' }],
  ['no JSON', { status: 200, headers: {}, text: '<html>' }],
  ['images that are no list', { status: 200, headers: {}, text: '{"imageDetails":"x"}' }],
  [
    'tags that are none',
    { status: 200, headers: {}, text: '{"imageDetails":[{"imageTags":null},{"imageTags":[7]},{}]}' },
  ],
] as const)
  test(`Amazon's listing of ${name} is none, and is left alone for an hour`, async (t) => {
    const { asked, cloudApi } = describing(() => answer)
    const { authorized: http, clock } = openHttp(t)
    const listed = createListedDigests({ http, access: at(ecrHost, { cloudApi }), now: clock.now })
    for (let pass = 0; pass < 3; pass += 1) assert.equal((await listed.of(Object.keys(images))).size, 0)
    assert.equal(asked.length, 1)
    clock.advance(3_600_000)
    await listed.of(Object.keys(images))
    assert.equal(asked.length, 2)
  })

for (const [name, access] of [
  ['without an identity', at(ecrHost)],
  ['where the file says none', at(ecrHost, { cloudApi: describing().cloudApi, dialect: { listing: 'none' } })],
  ['behind another address', at(ecrHost, { cloudApi: describing().cloudApi, dialect: { api: 'https://x.example' } })],
  ['of the public registry', at('public.ecr.aws', { cloudApi: describing().cloudApi })],
  ['of what looks like Amazon', at(`${ecrHost}.example.com`, { cloudApi: describing().cloudApi })],
] as const)
  test(`Amazon is not listed ${name}`, () => assert.equal(listingFor(access), undefined))

test('Docker Hub is read to its end, where its own addresses are and without credentials', async (t) => {
  const server = await useDialect(t, hubListing(images, 5))
  const { authorized } = openHttp(t)
  let at: URL | undefined = new URL('/v2/namespaces/library/repositories/web/tags?page_size=100', server.url)
  const found: string[] = []
  while (at !== undefined) {
    const ask = { method: 'GET', kind: 'listing', url: at, accept: '*/*', limit: 1e6, shows: 'nothing' } as const
    const page = dockerHub.read(await authorized.send(accessTo('docker.io', { credentials: robot }), ask))
    found.push(...(page?.tags.map(([tag]) => tag) ?? []))
    at = page?.next
  }
  assert.deepEqual(found, Object.keys(images).toReversed())
  assert.deepEqual(
    server.requests.map(({ path, authorization }) => [path, authorization]),
    Array.from({ length: 3 }, () => ['/v2/namespaces/library/repositories/web/tags', undefined]),
  )
})
