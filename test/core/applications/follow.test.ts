import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../../src/core/applications/application.ts'
import { follow, type Followed, type FollowedWrite } from '../../../src/core/applications/follow.ts'
import { parseRepository } from '../../../src/core/reference.ts'
import { targetOf } from '../../../src/core/targets/values.ts'
import { application, source } from '../build-application.ts'

const second = 1_000
const minute = 60 * second
const writtenAt = 1_800_000_000_000
const digest = `sha256:${'a'.repeat(64)}`
const revision = 'c'.repeat(40)

const repository = parseRepository('ghcr.io/acme/web')
assert.ok(repository.ok)
const writeBack = {
  method: 'argocd',
  helm: [{ tag: 'image.tag' }],
  kustomizeName: undefined,
  digest: 'never',
  refresh: true,
  git: undefined,
} as const
const target = targetOf({ image: repository.value, writeBack }, 'helm')

function write(parts: Partial<FollowedWrite> = {}): FollowedWrite {
  return { value: '1.5.0', writtenAt, target, index: 0, via: { method: 'argocd' }, ...parts }
}

const git = { via: { method: 'git', revision, refresh: true } } as const
const quiet = { via: { method: 'git', revision, refresh: false } } as const
const forgotten = { via: { method: 'git', revision: undefined, refresh: true } } as const

function sync(parts: Partial<Application['sync']> = {}): Application['sync'] {
  return { status: 'Synced', revisions: [], comparedTo: [], ...parts }
}

const withTag = (tag: string) =>
  source({ helm: { parameters: [{ name: 'image.tag', value: tag, forceString: true }], valueFiles: [] } })
const seen = (tag: string) => sync({ comparedTo: [withTag(tag)] })
const refreshing = { annotations: { 'argocd.argoproj.io/refresh': 'normal' } }
const old = ['ghcr.io/acme/web:1.4.2']

const rows: readonly [
  name: string,
  app: Partial<Application>,
  write: Partial<FollowedWrite>,
  age: number,
  expected: Partial<Followed>,
][] = [
  [
    'pushed for the hydrator, asked to refresh, and nothing rendered yet',
    { hydrated: true, sync: sync(), images: old, health: 'Healthy' },
    git,
    6 * minute,
    { compared: false, suspicious: false },
  ],
  [
    'pushed for the hydrator, rendered and compared, and in no Pod',
    { hydrated: true, sync: sync({ revisions: [revision] }), images: old, health: 'Healthy' },
    git,
    6 * minute,
    { compared: true, suspicious: true },
  ],
  [
    'just patched',
    { sync: seen('1.4.2'), images: old },
    {},
    second,
    { compared: false, dueRefresh: false, live: '1.4.2', done: false, lookAgainAt: writtenAt + 5 * second },
  ],
  [
    'overlooked',
    { sync: seen('1.4.2'), images: old },
    {},
    5 * second,
    { compared: false, dueRefresh: true, lookAgainAt: writtenAt + 5 * minute },
  ],
  [
    'overlooked, but asked already',
    { sync: seen('1.4.2'), images: old, ...refreshing },
    {},
    6 * second,
    { compared: false, dueRefresh: false },
  ],
  [
    'compared',
    { sync: seen('1.5.0'), images: old },
    {},
    6 * second,
    { compared: true, dueRefresh: false, suspicious: false, lookAgainAt: writtenAt + 5 * minute },
  ],
  [
    'compared without forceString is not compared with ours',
    {
      sync: sync({
        comparedTo: [source({ helm: { parameters: [{ name: 'image.tag', value: '1.5.0' }], valueFiles: [] } })],
      }),
    },
    {},
    6 * second,
    { compared: false, dueRefresh: true },
  ],
  [
    'the second source compared',
    { sync: sync({ comparedTo: [withTag('1'), withTag('1.5.0')] }) },
    { index: 1 },
    0,
    { compared: true },
  ],
  [
    'live while the rollout goes on',
    { sync: seen('1.5.0'), images: [...old, 'ghcr.io/acme/web:1.5.0'], health: 'Progressing' },
    {},
    minute,
    { live: '1.5.0', done: false, health: 'Progressing', lookAgainAt: writtenAt + 30 * minute },
  ],
  [
    'live and healthy',
    { sync: seen('1.5.0'), images: ['ghcr.io/acme/web:1.5.0'] },
    {},
    minute,
    { live: '1.5.0', done: true, lookAgainAt: undefined, sync: 'Synced', health: 'Healthy' },
  ],
  [
    'live, the old one beside it: no alarm',
    { sync: seen('1.5.0'), images: [...old, 'ghcr.io/acme/web:1.5.0'] },
    {},
    6 * minute,
    { live: '1.5.0', suspicious: false, done: true },
  ],
  [
    'compared and healthy for less than five minutes',
    { sync: seen('1.5.0'), images: old },
    {},
    5 * minute - 1,
    { suspicious: false },
  ],
  [
    'compared and healthy for five minutes',
    { sync: seen('1.5.0'), images: old },
    {},
    5 * minute,
    { suspicious: true, done: false, lookAgainAt: writtenAt + 30 * minute },
  ],
  ['not compared for five minutes', { sync: seen('1.4.2'), images: old }, {}, 5 * minute, { suspicious: false }],
  [
    'not healthy for five minutes',
    { sync: seen('1.5.0'), images: old, health: 'Degraded' },
    {},
    5 * minute,
    { suspicious: false },
  ],
  [
    'waiting for somebody to sync',
    { sync: { ...seen('1.5.0'), status: 'OutOfSync' }, images: old },
    {},
    5 * minute,
    { suspicious: false },
  ],
  ['without Pods', { sync: seen('1.5.0'), images: [] }, {}, 5 * minute, { suspicious: false, live: undefined }],
  [
    'followed for half an hour',
    { sync: seen('1.5.0'), images: old },
    {},
    30 * minute,
    { done: true, suspicious: true, lookAgainAt: undefined },
  ],
  [
    'our commit compared',
    { sync: sync({ revisions: [revision] }), images: old },
    git,
    second,
    { compared: true, dueRefresh: false },
  ],
  [
    'another commit compared, our refresh still there',
    { sync: sync({ revisions: ['d'] }), ...refreshing },
    git,
    6 * second,
    { compared: false },
  ],
  [
    'another commit compared, our refresh taken away',
    { sync: sync({ revisions: ['d'] }) },
    git,
    6 * second,
    { compared: true },
  ],
  [
    'the refresh may not have been seen yet',
    { sync: sync({ revisions: ['d'] }) },
    git,
    second,
    { compared: false, dueRefresh: false },
  ],
  [
    'another commit compared, no refresh asked for',
    { sync: sync({ revisions: ['d'] }) },
    quiet,
    minute,
    { compared: false, dueRefresh: false },
  ],
  ['our commit is not known any more', { sync: sync({ revisions: ['d'] }) }, forgotten, minute, { compared: true }],
  [
    'the commit of the second source',
    { sync: sync({ revisions: ['d', revision] }) },
    { ...quiet, index: 1 },
    second,
    { compared: true },
  ],
  [
    'a digest makes it ours, whatever the tag',
    { images: [`ghcr.io/acme/web@${digest}`] },
    { value: `1.5.0@${digest}` },
    second,
    { live: `1.5.0@${digest}` },
  ],
  [
    'a tag makes it ours, whatever the digest',
    { images: [`ghcr.io/acme/web:1.5.0@${digest}`] },
    {},
    second,
    { live: '1.5.0' },
  ],
  [
    'another digest is told in full',
    { images: [`ghcr.io/acme/web:1.4.2@${digest}`] },
    {},
    second,
    { live: `1.4.2@${digest}` },
  ],
  ['an image without a tag tells nothing', { images: ['ghcr.io/acme/web'] }, {}, second, { live: undefined }],
  [
    'other images do not count',
    { images: ['ghcr.io/acme/web:1.4.2', 'mirror.example.com/web:1.5.0'] },
    {},
    second,
    { live: '1.4.2' },
  ],
  [
    'a mirror’s image counts where there is no other',
    { images: ['mirror.example.com/x/web:1.5.0', 'redis:7'] },
    {},
    second,
    { live: '1.5.0' },
  ],
  [
    'an image that can’t be read does not matter',
    { images: ['%%%', 'ghcr.io/acme/web:1.5.0'] },
    {},
    second,
    { live: '1.5.0' },
  ],
]
for (const [name, app, parts, age, expected] of rows) {
  test(name, () => {
    const followed = follow(application(app), write(parts), writtenAt + age)
    assert.deepEqual(
      Object.fromEntries(Object.keys(expected).map((key) => [key, followed[key as keyof Followed]])),
      expected,
    )
  })
}

test('looking again when told comes to an end', () => {
  for (const app of [
    { images: old },
    { images: old, sync: seen('1.5.0') },
    { images: ['ghcr.io/acme/web:1.5.0'], health: 'Progressing' },
  ]) {
    let now: number | undefined = writtenAt
    let looks = 0
    while (now !== undefined) {
      const { lookAgainAt } = follow(application(app), write(), now)
      assert.ok(lookAgainAt === undefined || lookAgainAt > now)
      now = lookAgainAt
      looks += 1
    }
    assert.ok(looks <= 4)
  }
})
