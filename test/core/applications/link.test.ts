import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../../src/api/conditions.ts'
import { indexOfAll } from '../../../src/core/applications/application-index.ts'
import type { Application, Project } from '../../../src/core/applications/application.ts'
import { linkApplications, matchesEntry, noApplication } from '../../../src/core/applications/link.ts'
import type { ApplicationEntry } from '../../../src/core/policy.ts'
import type { Tenancy } from '../../../src/core/applications/tenancy.ts'
import { application, entry } from '../build-application.ts'

const applications = [
  application({ name: 'web', labels: { front: '' } }),
  application({ name: 'web-eu', labels: { front: '' } }),
  application({ name: 'web-us' }),
  application({ name: 'web', namespace: 'team-a' }),
  application({ name: 'api', namespace: 'team-a', labels: { front: '' } }),
  application({ name: 'web', namespace: 'team-b' }),
]

function tenancy(parts: Partial<Tenancy> = {}): Tenancy {
  return { argocdNamespace: 'argocd', allowCrossNamespace: false, projectOf: () => undefined, ...parts }
}

function names(linked: readonly { application: Application }[]): string[] {
  return linked.map(({ application: { namespace, name } }) => `${namespace}/${name}`)
}

function link(entries: readonly ApplicationEntry[], namespace = 'argocd', rules = tenancy()) {
  return linkApplications(entries, namespace, indexOfAll(applications), rules)
}

const rows: readonly [name: string, entries: ApplicationEntry[], namespace: string, linked: string[]][] = [
  ['an exact name', [entry({ name: 'web' })], 'argocd', ['argocd/web']],
  ['an exact name in the policy’s own namespace', [entry({ name: 'web' })], 'team-a', ['team-a/web']],
  ['a glob, sorted', [entry({ name: 'web-*' })], 'argocd', ['argocd/web-eu', 'argocd/web-us']],
  ['a selector', [entry({ label: 'front' })], 'argocd', ['argocd/web', 'argocd/web-eu']],
  ['name and selector must both match', [entry({ name: 'web-*', label: 'front' })], 'argocd', ['argocd/web-eu']],
  ['a name that is not there', [entry({ name: 'wab' })], 'argocd', []],
  ['a namespace without Applications', [entry({ name: 'web' })], 'nowhere', []],
  [
    'an Application that two entries match, once',
    [entry({ name: 'web' }), entry({ name: '*' })],
    'team-a',
    ['team-a/web', 'team-a/api'],
  ],
  [
    'one entry for each of two sources',
    [entry({ name: 'web', source: 'chart' }), entry({ name: 'web', source: 1 })],
    'argocd',
    ['argocd/web', 'argocd/web'],
  ],
  [
    'the same source named twice, once',
    [entry({ name: 'web', source: 1 }), entry({ name: 'w*', source: 1 })],
    'argocd',
    ['argocd/web', 'argocd/web-eu', 'argocd/web-us'],
  ],
  [
    'an entry without a source adds nothing to one with',
    [entry({ name: 'web', source: 1 }), entry({ name: 'web' })],
    'argocd',
    ['argocd/web'],
  ],
  ['a namespace that the policy may not reach', [entry({ name: 'web', namespace: 'team-b' })], 'team-a', []],
  ['the policy’s own namespace by a glob', [entry({ name: 'web', namespace: '*' })], 'team-a', ['team-a/web']],
]
for (const [name, entries, namespace, linked] of rows) {
  test(`links ${name}`, () => assert.deepEqual(names(link(entries, namespace).linked), linked))
}

test('the first entry that matches counts', () => {
  const [exact, loose] = [entry({ name: 'web-eu' }), entry({ name: 'web-*' })]
  assert.deepEqual(
    link([exact, loose]).linked.map((linked) => linked.entry),
    [exact, loose],
  )
})

const exactness: readonly [name: string, entry: ApplicationEntry, exact: boolean][] = [
  ['an exact name', entry({ name: 'web-eu' }), true],
  ['a glob', entry({ name: 'web-e*' }), false],
  ['a selector', entry({ label: 'front' }), false],
  ['an exact name with a selector', entry({ name: 'web-eu', label: 'front' }), false],
]
for (const [name, each, exact] of exactness) {
  test(`${name} is ${exact ? '' : 'not '}taken at its word`, () => {
    const found = link([each]).linked.find((linked) => linked.application.name === 'web-eu')
    assert.equal(found?.exact, exact)
  })
}

test('with --allow-cross-namespace every namespace may be linked', () => {
  const { linked, refused } = link(
    [entry({ name: 'web', namespace: '*' })],
    'team-a',
    tenancy({ allowCrossNamespace: true }),
  )
  assert.deepEqual(names(linked), ['argocd/web', 'team-a/web', 'team-b/web'])
  assert.deepEqual(refused, [])
})

const projects: readonly [sourceNamespaces: string[] | undefined, linked: string[]][] = [
  [undefined, []],
  [[], []],
  [['team-a'], ['argocd/web']],
  [['team-*'], ['argocd/web']],
  [['other', 'team-a'], ['argocd/web']],
  [['team-b'], []],
  [['*'], []],
  [['**'], []],
  [['*', 'team-a'], ['argocd/web']],
  [['/^team-.*$/'], []],
]
for (const [sourceNamespaces, linked] of projects) {
  test(`a project with sourceNamespaces ${JSON.stringify(sourceNamespaces)} lets ${linked.length} be linked`, () => {
    const project: Project | undefined =
      sourceNamespaces === undefined
        ? undefined
        : { namespace: 'argocd', name: 'default', sourceNamespaces, sourceRepos: [] }
    const rules = tenancy({ projectOf: () => project })
    assert.deepEqual(names(link([entry({ name: 'web', namespace: 'argocd' })], 'team-a', rules).linked), linked)
  })
}

test('a project opens Argo CD’s namespace alone', () => {
  const project: Project = { namespace: 'argocd', name: 'default', sourceNamespaces: ['team-a'], sourceRepos: [] }
  const { linked, refused } = link(
    [entry({ name: 'web', namespace: 'team-b' })],
    'team-a',
    tenancy({ projectOf: () => project }),
  )
  assert.deepEqual([names(linked), refused.length], [[], 1])
})

test('says what was sought and what tenancy refused', () => {
  const entries = [
    entry({ name: 'web', namespace: '*' }),
    entry({ name: 'w*', label: 'front' }),
    entry({ label: 'x' }),
    entry({ name: 'a' }),
  ]
  const links = link(entries.slice(0, 1), 'team-c')
  const error = noApplication(entries, 'team-c', links)
  assert.equal(error.reason, reasons.applicationNotFound)
  assert.equal(
    error.message,
    'no Application matches name web in namespace *, nor name w* with the selector in namespace team-c, nor the selector in namespace team-c, nor any of 1 further entries; ' +
      '3 Applications in other namespaces match, but a policy of namespace team-c may not link them: name that namespace in sourceNamespaces of their AppProject, or run the operator with --allow-cross-namespace',
  )
  assert.equal(error.retry.kind, 'onChange')
})

test('an entry tells whether it concerns an Application, tenancy aside', () => {
  const web = application({ name: 'web', namespace: 'team-b' })
  assert.equal(matchesEntry(entry({ name: 'web' }), 'team-a', web), false)
  assert.equal(matchesEntry(entry({ name: 'web', namespace: 'team-*' }), 'team-a', web), true)
})

test('a thousand policies link by name among a thousand Applications in no time', () => {
  const many = Array.from({ length: 1000 }, (_, nth) => application({ name: `app-${nth}` }))
  const index = indexOfAll(many)
  const started = process.hrtime.bigint()
  for (let nth = 0; nth < 1000; nth += 1) {
    assert.equal(linkApplications([entry({ name: `app-${nth}` })], 'argocd', index, tenancy()).linked.length, 1)
  }
  assert.ok(process.hrtime.bigint() - started < 2_000_000_000n)
})
