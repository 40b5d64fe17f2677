import type { Dialect, DialectAnswer, DialectRequest } from './server.ts'
import { digestsOf, type Stock } from './stock.ts'

/** The API of a vendor beside its registry, by which it lists tags: in pages, what was pushed last first. */
export interface VendorListing {
  readonly path: string
  readonly size: number
  /** Whom it lets in. */
  readonly opens?: (request: DialectRequest) => boolean
  /** A page; `next` is the query of the one after it. */
  readonly page: (tags: readonly (readonly [tag: string, digest: string])[], next: string | undefined) => DialectAnswer
}

type Images = Stock['images']

/** Lists what a stock has, the last of it first. */
function listing(images: Images, { path, size, opens = () => true, page }: VendorListing): Dialect {
  const tags = [...digestsOf(images)].toReversed()
  return (request) => {
    if (request.path !== path) return undefined
    if (!opens(request)) return { status: 401, body: { errors: [{ code: 'UNAUTHORIZED' }] } }
    const number = Number(new URLSearchParams(request.query).get('page') ?? 1)
    const end = number * size
    const next = end < tags.length ? `page=${number + 1}` : undefined
    return page(tags.slice(end - size, end), next)
  }
}

const linked = (path: string, next: string | undefined): Readonly<Record<string, string>> =>
  next === undefined ? {} : { link: `<${path}?${next}>; rel="next"` }
const time = '2026-01-01T00:00:00Z'

/** Docker Hub's: the address of the next page is absolute. */
export const hubListing = (images: Images, size = 100): Dialect =>
  listing(images, {
    path: '/v2/namespaces/library/repositories/web/tags',
    size,
    page: (tags, next) => ({
      body: {
        count: tags.length,
        next: next === undefined ? null : `https://hub.example.com/elsewhere?${next}`,
        previous: null,
        results: tags.map(([name, digest]) => ({
          name,
          digest,
          last_updated: time,
          tag_last_pushed: time,
          images: [],
        })),
      },
    }),
  })

/** Docker Hub's of a private repository: as if it were not there, but for the token that whoever logs in gets. */
export const hubLogin =
  ({ username, password }: { readonly username: string; readonly password: string }, inner: Dialect): Dialect =>
  (request, server) => {
    if (request.method === 'POST' && request.path === '/v2/auth/token') {
      const { identifier, secret } = JSON.parse(request.body) as { identifier?: unknown; secret?: unknown }
      const isKnown = identifier === username && secret === password
      return isKnown ? { body: { access_token: 'hub-token' } } : { status: 401, body: { detail: 'wrong' } }
    }
    if (request.authorization === 'Bearer hub-token') return inner(request, server)
    return { status: 404, body: { message: 'object not found' } }
  }

/** Quay's: for everybody, and not for robots. */
export const quayListing = (images: Images, size = 100): Dialect =>
  listing(images, {
    path: '/api/v1/repository/shop/web/tag/',
    size,
    opens: ({ authorization }) => authorization === undefined,
    page: (tags, next) => ({
      body: {
        page: 1,
        has_additional: next !== undefined,
        tags: tags.map(([name, manifest_digest]) => ({ name, manifest_digest, start_ts: 1, is_manifest_list: false })),
      },
    }),
  })

/** Harbor's: artifacts with their tags, for whoever logs in. */
export const harborListing = (images: Images, authorization: string, size = 100): Dialect =>
  listing(images, {
    path: '/api/v2.0/projects/shop/repositories/web/artifacts',
    size,
    opens: (request) => request.authorization === authorization,
    page: (tags, next) => ({
      headers: linked('/api/v2.0/projects/shop/repositories/web/artifacts', next),
      body: tags.map(([name, digest]) => ({ digest, push_time: time, tags: [{ name, push_time: time }] })),
    }),
  })

/** GitLab's, by the registry's own tokens. */
export const gitlabListing = (images: Images, size = 100): Dialect =>
  listing(images, {
    path: '/gitlab/v1/repositories/shop/web/tags/list/',
    size,
    page: (tags, next) => ({
      headers: linked('/gitlab/v1/repositories/shop/web/tags/list/', next),
      body: tags.map(([name, digest]) => ({ name, digest, size_bytes: 1, published_at: time })),
    }),
  })

/** Azure's, by tokens that allow reading metadata. */
export const acrListing = (images: Images, size = 100): Dialect =>
  listing(images, {
    path: '/acr/v1/shop/web/_tags',
    size,
    page: (tags, next) => ({
      headers: linked('/acr/v1/shop/web/_tags', next),
      body: {
        registry: 'shop.azurecr.io',
        imageName: 'shop/web',
        tags: tags.map(([name, digest]) => ({ name, digest, createdTime: time, lastUpdateTime: time, signed: false })),
      },
    }),
  })

/** What the first of the dialects knows. */
export const beside =
  (...dialects: readonly Dialect[]): Dialect =>
  (...asked) => {
    for (const dialect of dialects) {
      const answer = dialect(...asked)
      if (answer !== undefined) return answer
    }
    return undefined
  }
