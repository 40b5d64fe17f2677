// Whatever stands in an answer, reading it is never a fault of the operator: what reads answers returns, and throws nothing.
import { test } from 'node:test'
import fc from 'fast-check'
import { isManifest, parseConfig, parseManifest } from '../../src/registry/images/manifest.ts'
import { acr } from '../../src/registry/listings/acr.ts'
import { dockerHub } from '../../src/registry/listings/docker-hub.ts'
import { gitlab } from '../../src/registry/listings/gitlab.ts'
import { harbor } from '../../src/registry/listings/harbor.ts'
import { whatIsLeftOut } from '../../src/registry/listings/left-out.ts'
import { quay } from '../../src/registry/listings/quay.ts'
import { toldAlong } from '../../src/registry/listings/told-along.ts'
import { demandOf, parseChallenges } from '../../src/registry/login/challenge.ts'
import { parseDockerConfig } from '../../src/registry/login/docker-config.ts'
import { askedWait, parseAllowance } from '../../src/registry/manners/rate-limit.ts'
import { nextPage } from '../../src/registry/wire/next-page.ts'
import { errorCodes } from '../../src/registry/refusal.ts'
import { accessTo } from './fixture.ts'

const url = new URL('https://gcr.io/v2/shop/web/tags/list?n=1')
const names =
  `manifests config digest platform os architecture variant annotations artifactType mediaType layers schemaVersion Labels created
  tags tag manifest name results next errors code has_additional manifest_digest auths auth username password identitytoken __proto__ constructor
  org.opencontainers.image.created org.opencontainers.image.source`.split(/\s+/)
const texts = [
  '__proto__',
  'constructor',
  'valueOf',
  'linux',
  'amd64',
  'unknown',
  '',
  '%',
  '\ud800',
  'http://[',
  '2026-01-01T00:00:00Z',
  `sha256:${'a'.repeat(64)}`,
  'application/vnd.oci.image.config.v1+json',
]
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...texts, null, true, 1.5),
    fc.string(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
  ),
}))
const text = fc.constantFrom(...texts)
const platform = fc.record({ os: text, architecture: text, variant: text }, { requiredKeys: ['os', 'architecture'] })
const index = fc.record({
  manifests: fc.array(fc.record({ digest: text, platform, annotations: value }), { maxLength: 4 }),
})
const bodies = fc.oneof(value, index, platform).map((content) => Buffer.from(JSON.stringify(content)))

const readers: Readonly<Record<string, (body: Buffer) => unknown>> = {
  manifest: (body) => [isManifest(body), parseManifest(body)],
  configuration: parseConfig,
  'error body': errorCodes,
  'docker configuration': parseDockerConfig,
  'list of Google’s': (body) => {
    const list = Object(JSON.parse(body.toString())) as object
    return [toldAlong(list), whatIsLeftOut(list, url, accessTo('gcr.io'))]
  },
  listing: (body) =>
    [acr, dockerHub, gitlab, harbor, quay].map(({ read }) => read({ url, status: 200, headers: {}, body })),
}
for (const [name, read] of Object.entries(readers))
  test(`any JSON is read as a ${name}, or found to be none`, () =>
    fc.assert(
      fc.property(bodies, (body) => void read(body)),
      { numRuns: 500 },
    ))

const pieces = [
  '"',
  '=',
  ',',
  ' ',
  '\\',
  ';',
  '<',
  '>',
  '0',
  '9',
  'Bearer',
  'Basic',
  'realm',
  'rel',
  'next',
  'r',
  't',
  'w',
]
test('any header is read, or found to be none; whoever is waited for is so for a second to fifteen minutes', () =>
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...pieces), maxLength: 40 }), (text) => {
      demandOf(parseChallenges(text), url)
      nextPage(text, url)
      const named = (...all: readonly string[]) => Object.fromEntries(all.map((name) => [name, text]))
      const headers = named('retry-after', 'x-retry-after', 'ratelimit', 'ratelimit-remaining', 'ratelimit-limit')
      const { pause, pull } = parseAllowance({ ...headers, 'ratelimit-reset': text }, 0)
      return [pause, pull, askedWait(headers, 0)].every((ms) => ms === undefined || (ms >= 1000 && ms <= 900_000))
    }),
    { numRuns: 2000 },
  ))
