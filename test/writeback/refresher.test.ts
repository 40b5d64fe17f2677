import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../src/core/applications/application.ts'
import type { ApplicationStore } from '../../src/kubernetes/applications.ts'
import { createRefresher } from '../../src/writeback/refresher.ts'
import { application, source } from '../core/build-application.ts'

const silent = () => undefined
const log = { debug: silent, info: silent, warn: silent, error: silent }
const web = application({ annotations: { 'argocd.argoproj.io/manifest-generate-paths': '.' } })
const { repoURL: repository } = source()
const fileAt = (path: string) => ({ file: { repository, revision: undefined, path }, paths: [path] })
const [watched, unwatched] = [fileAt('apps/web/values.yaml'), fileAt('other/values.yaml')]

type Ask = readonly [of: Application, found: typeof watched, revision: string]

async function asked(...all: readonly Ask[]): Promise<readonly string[]> {
  const told: string[] = []
  const requestRefresh: ApplicationStore['requestRefresh'] = async ({ name }, mode) => void told.push(`${name} ${mode}`)
  const refresh = createRefresher({ applications: { requestRefresh }, log })
  await Promise.all(all.map((one) => refresh(...one)))
  return told
}

const rows: readonly [name: string, all: readonly Ask[], told: readonly string[]][] = [
  [
    'two policies of one Application in a commit: once',
    [
      [web, watched, 'a'],
      [web, watched, 'a'],
    ],
    ['web normal'],
  ],
  [
    'two commits: twice',
    [
      [web, watched, 'a'],
      [web, watched, 'b'],
    ],
    ['web normal', 'web normal'],
  ],
  [
    'two Applications: each',
    [
      [web, watched, 'a'],
      [application({ name: 'api', uid: 'of api' }), watched, 'a'],
    ],
    ['web normal', 'api normal'],
  ],
  [
    'hard, and no longer normal after that',
    [
      [web, unwatched, 'a'],
      [web, watched, 'a'],
    ],
    ['web hard'],
  ],
  [
    'normal, and hard after that',
    [
      [web, watched, 'a'],
      [web, unwatched, 'a'],
      [web, unwatched, 'a'],
    ],
    ['web normal', 'web hard'],
  ],
]
for (const [name, all, told] of rows)
  test(`Argo CD is asked once for each Application and commit: ${name}`, async () =>
    assert.deepEqual(await asked(...all), told))

test('that Argo CD was not asked is logged, and fails nothing; whoever comes next asks', async () => {
  const warnings: unknown[] = []
  let asks = 0
  const requestRefresh = () => {
    asks += 1
    return asks === 1 ? Promise.reject(new Error('secret')) : Promise.resolve()
  }
  const refresh = createRefresher({
    applications: { requestRefresh },
    log: { ...log, warn: (message, fields) => void warnings.push([message, fields]) },
  })
  await refresh(web, watched, 'a')
  assert.deepEqual(warnings, [['Argo CD was not asked to refresh', { application: 'argocd/web', reason: 'failed' }]])
  await refresh(web, watched, 'a')
  await refresh(web, watched, 'a')
  assert.deepEqual([asks, warnings.length], [2, 1])
})
