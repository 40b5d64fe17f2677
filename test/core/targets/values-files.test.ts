import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationSource } from '../../../src/core/applications/application.ts'
import { namedValueFiles } from '../../../src/core/targets/value-file.ts'
import { valuesFiles } from '../../../src/core/targets/values-files.ts'
import { application, source } from '../build-application.ts'

const helm = (...valueFiles: string[]): Pick<ApplicationSource, 'helm'> => ({
  helm: { parameters: undefined, valueFiles },
})
const config = 'https://git.example.com/acme/config.git'
const values = source({
  repoURL: 'https://git.example.com/acme/values',
  path: undefined,
  ref: 'values',
  targetRevision: 'prod',
})
const chart = source({ repoURL: 'https://charts.example.com', path: undefined, chart: 'web', targetRevision: '1.2.3' })

interface Row {
  readonly name: string
  readonly source: ApplicationSource
  readonly path?: string
  readonly repository?: string
  readonly candidates: readonly string[]
  readonly fallback?: string
  readonly later?: readonly string[]
  readonly isRead?: boolean
}

const rows: readonly Row[] = [
  { name: 'no values files: values.yaml', source: source(), candidates: ['apps/web/values.yaml'] },
  { name: 'the root of the repository', source: source({ path: '.' }), candidates: ['values.yaml'] },
  {
    name: 'values files, the last first, values.yaml the least',
    source: source(helm('values-a.yaml', '../shared/b.yaml', '/envs/c.yaml')),
    candidates: ['envs/c.yaml', 'apps/shared/b.yaml', 'apps/web/values-a.yaml', 'apps/web/values.yaml'],
    fallback: 'apps/web/values.yaml',
  },
  {
    name: 'a file of another source, which is on another branch',
    source: source(helm('$values/envs/prod.yaml')),
    candidates: ['values@prod:envs/prod.yaml', 'apps/web/values.yaml'],
    fallback: 'apps/web/values.yaml',
  },
  {
    name: 'what stands in no repository is left out',
    source: source(helm('https://example.com/values.yaml', '../../../x.yaml', '%2e%2e/x.yaml')),
    candidates: ['apps/web/values.yaml'],
  },
  {
    name: 'a chart from a Helm repository has only what is lent',
    source: { ...chart, ...helm('values-in-chart.yaml', '$values/a.yaml', '$values/b.yaml') },
    candidates: ['values@prod:b.yaml', 'values@prod:a.yaml'],
  },
  {
    name: 'only files of the repository that the policy names',
    source: { ...chart, ...helm('$values/a.yaml') },
    repository: values.repoURL,
    candidates: ['values@prod:a.yaml', 'values@prod:values.yaml'],
    fallback: 'values@prod:values.yaml',
  },
  {
    name: 'a path, and what comes after it',
    source: source(helm('a.yaml', 'b.yaml', '$values/c.yaml')),
    path: 'a.yaml',
    candidates: ['apps/web/a.yaml'],
    later: ['apps/web/b.yaml', 'values@prod:c.yaml'],
  },
  {
    name: 'values.yaml by its path: every values file comes after it',
    source: source(helm('a.yaml')),
    path: './values.yaml',
    candidates: ['apps/web/values.yaml'],
    later: ['apps/web/a.yaml'],
  },
  {
    name: 'a path that the source does not name',
    source: source(helm('a.yaml')),
    path: '/envs/x.yaml',
    candidates: ['envs/x.yaml'],
    isRead: false,
  },
  { name: 'a path above', source: source(), path: '../baz/app.yaml', candidates: ['apps/baz/app.yaml'], isRead: false },
  {
    name: 'a path of another source',
    source: { ...chart },
    path: '$values/a.yaml',
    candidates: ['values@prod:a.yaml'],
    isRead: false,
  },
]
for (const { name, source: of, path, repository, candidates, fallback, later = [], isRead = true } of rows)
  test(name, () => {
    const app = application({ sources: [of, values] })
    const named = namedValueFiles(of, app, 'argocd')
    const files = valuesFiles({ path, repository, source: of, application: app, named })
    assert.ok(files.ok, JSON.stringify(files))
    const told = ({ holder, path: at }: (typeof files.value)['fallback']) =>
      holder.repoURL === config && holder.targetRevision === 'main'
        ? at
        : `${holder.repoURL.split('/').at(-1)}@${holder.targetRevision}:${at}`
    assert.deepEqual(files.value.candidates.map(told), candidates)
    assert.equal(told(files.value.fallback), fallback ?? candidates[0])
    assert.deepEqual(files.value.later.map(told), later)
    assert.equal(files.value.isRead, isRead)
  })

const refusals: readonly [path: string | undefined, of: ApplicationSource, says: RegExp][] = [
  ['../../../etc/passwd', source(), /leaves the repository/],
  ['/../x.yaml', source(), /leaves the repository/],
  ['$values/../x.yaml', source(), /leaves the repository/],
  ['$nobody/x.yaml', source(), /none has ref nobody/],
  ['https://example.com/x.yaml', source(), /is an address/],
  ['%2E%2e/x.yaml', source(), /percent-encoded/],
  ['a%2fb.yaml', source(), /percent-encoded/],
  ['a\\b.yaml', source(), /backslash/],
  ['a\nb.yaml', source(), /control character/],
  ['values.yaml', chart, /stands in a chart from a Helm repository/],
  [undefined, chart, /none of its helm\.valueFiles stands in git/],
]
for (const [path, of, says] of refusals)
  test(`${JSON.stringify(path)} of ${of.chart ?? of.path} is refused`, () => {
    const app = application({ sources: [of, values] })
    const named = namedValueFiles(of, app, 'argocd')
    const files = valuesFiles({ path, repository: undefined, source: of, application: app, named })
    assert.match(files.ok ? 'found' : files.fault, says)
  })
