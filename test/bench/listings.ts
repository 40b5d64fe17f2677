import type { ListingName } from '../../src/core/registry-rule.ts'
import { createHostGuard } from '../../src/http/host-guard.ts'
import { createScans } from '../../src/registry/scans.ts'
import { gar } from '../servers/registry-dialects/gar.ts'
import { beside, quayListing } from '../servers/registry-dialects/listing.ts'
import { startDialect, type Dialect } from '../servers/registry-dialects/server.ts'
import { stocked } from '../servers/registry-dialects/stock.ts'
import { figure, type Figure } from './report.ts'

const interval = 120_000
/** One interval more than the first, in which all tags are asked about. */
const intervals = 13

/** What strategy `latest` asks of one repository: one tag at a time, by pages of a vendor's listing, and by what a tag list tells along. */
export async function listings(tags: number): Promise<readonly Figure[]> {
  const images = Object.fromEntries(
    Array.from({ length: tags }, (_, index) => [`1.${index}`, new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString()]),
  )
  const vendors: readonly (readonly [name: string, listing: ListingName, dialect: Dialect, atMost?: number])[] = [
    ['one by one', 'none', stocked({ images })],
    [
      'by pages of a hundred (Quay)',
      'quay',
      beside(quayListing(images), stocked({ images })),
      1 + Math.ceil(tags / 100),
    ],
    ['told along (Google)', 'gar', gar(images), 1],
  ]
  const figures: Figure[] = []
  for (const [name, listing, dialect, atMost] of vendors) {
    const [first = 0, ...later] = await asked(listing, dialect)
    const sweep = later.at(-1) ?? 0
    const bar = atMost === undefined ? undefined : { atMost }
    const title = `${tags} tags by creation, where they point to ${name}`
    figures.push(
      figure(`${title}: requests of the first pass, images aside`, 'count', first, bar),
      figure(`${title}: requests an interval, nothing new`, 'count', later.slice(0, -1)),
      figure(`${title}: requests of every twelfth interval`, 'count', sweep, bar),
    )
  }
  return figures
}

/** How much is asked in each interval, apart from what belongs to a digest. */
async function asked(listing: ListingName, dialect: Dialect): Promise<readonly number[]> {
  const server = await startDialect(dialect)
  const guard = createHostGuard({ allowed: ['127.0.0.1'], flag: '--allowed-registries' })
  let skipped = 0
  const now = (): number => Date.now() + skipped
  const limits = () => ({ atOnce: 8, perSecond: Number.POSITIVE_INFINITY, burst: 1 })
  const log = { warn: () => undefined }
  const scans = createScans({ guard, log, cacheFolder: undefined, timing: { now }, limits })
  const { host } = server
  const of = { host, repository: 'shop/web', insecure: true, credentials: undefined, credentialId: '' }
  const access = { ...of, dialect: { listing } }
  const counts: number[] = []
  for (let pass = 0; pass < intervals; pass += 1) {
    skipped += interval
    const notBefore = now()
    const { tags } = await scans.tags(access, { notBefore })
    await scans.metadata(access, tags, { notBefore })
    const requests = server.requests.splice(0)
    counts.push(requests.filter(({ path }) => !path.includes('sha256:')).length)
  }
  await scans.close()
  await guard.close()
  await server.stop()
  return counts
}
