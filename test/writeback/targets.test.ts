import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { Application } from '../../src/core/applications/application.ts'
import { atOnce } from '../../src/core/targets/file-work.ts'
import { backoff, ReconcileError } from '../../src/errors.ts'
import type { FileText } from '../../src/git/file-text.ts'
import type { GitTarget, Look } from '../../src/writeback/git-target.ts'
import type { LinkedTarget } from '../../src/writeback/place.ts'
import { createHelmValuesTarget } from '../../src/writeback/targets/helm-values.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo } from '../reconcile/build-run.ts'

type Git = NonNullable<NonNullable<ImageUpdatePolicySpec['writeBack']>['git']>

const own = 'https://git.example.com/acme/config.git'
const lent = 'https://git.example.com/acme/values.git'
const values = source({ repoURL: lent, path: undefined, ref: 'values' })

/** Files by `repository path`, and what was looked at. An error stands for a repository that can't be looked at. */
function git(files: Readonly<Record<string, string | FileText | ReconcileError>>) {
  const seen: string[] = []
  const look: Look = {
    spot: ({ repository, revision, path }) => {
      const found = files[`${repository} ${path}`]
      if (found instanceof ReconcileError) return Promise.reject(found)
      seen.push(`${repository.slice(repository.lastIndexOf('/') + 1)}@${revision} ${path}`)
      const access = { url: repository, credential: undefined, credentialId: '', insecure: false }
      return Promise.resolve({ access, branch: revision ?? 'main', tip: 'abc', head: undefined, isLent: false })
    },
    list: ({ access }, folder) => {
      const below = `${access.url} ${folder === '' ? '' : `${folder}/`}`
      const found = Object.keys(files).filter((key) => key.startsWith(below))
      return Promise.resolve(found.map((key) => key.slice(access.url.length + 1)).toSorted())
    },
    texts: ({ access }, paths) =>
      Promise.resolve(new Map(paths.map((path) => [path, textAt(files[`${access.url} ${path}`])]))),
  }
  return { look, seen }
}

function textAt(found: string | FileText | ReconcileError | undefined): FileText {
  if (found === undefined || found instanceof ReconcileError) return { kind: 'absent' }
  return typeof found === 'string' ? { kind: 'text', text: found, mode: '100644' } : found
}

function linked(app: Application, options: Git = {}): LinkedTarget {
  const writeBack = { method: 'git', git: { target: 'helmValues', ...options } } as const
  return linkTo(app, policySpec({ writeBack })).target as LinkedTarget
}

const helm = (...valueFiles: string[]) => ({ helm: { parameters: undefined, valueFiles } })
const tag = 'image: {tag: 1.0.0}\n'
const target: GitTarget = createHelmValuesTarget({ argocdNamespace: 'argocd', work: atOnce })
const withLent = application({ sources: [source(helm('$values/prod.yaml')), values] })

test('the file that counts is found in the repository that lends it', async () => {
  const { look } = git({ [`${own} apps/web/values.yaml`]: tag, [`${lent} prod.yaml`]: tag })
  const found = await target.find(linked(withLent), look)
  assert.deepEqual(found.file, { repository: lent, revision: 'main', path: 'prod.yaml' })
  assert.equal(found.edit(undefined), undefined, 'nothing is carried over')
})

test('a Secret of the policy is shown to one repository only', async () => {
  const { look, seen } = git({ [`${own} apps/web/values.yaml`]: tag, [`${lent} prod.yaml`]: tag })
  const secretRef = { name: 'git' }
  await assert.rejects(target.find(linked(withLent, { secretRef }), look), {
    message: /set writeBack\.git\.repository$/,
  })
  await target.find(linked(withLent, { secretRef, repository: lent }), look)
  assert.deepEqual(new Set(seen.map((place) => place.split('@')[0])), new Set(['values.git']))
})

test('who may not be looked at wins nothing; who is out of reach for the moment is waited for', async () => {
  const later = `${lent} prod.yaml`
  const wish = linked(withLent, { path: 'values.yaml' })
  const refused = new ReconcileError(reasons.gitAuthFailed, 'not lent', { retry: { kind: 'interval' } })
  const files = { [`${own} apps/web/values.yaml`]: tag }
  assert.equal((await target.find(wish, git({ ...files, [later]: refused }).look)).file.path, 'apps/web/values.yaml')
  const away = new ReconcileError(reasons.gitUnavailable, 'away', { retry: backoff })
  await assert.rejects(target.find(wish, git({ ...files, [later]: away }).look), { reason: 'GitUnavailable' })
  await assert.rejects(target.find(wish, git({ ...files, [later]: tag }).look), { message: /is set by prod\.yaml/ })
})

const oddities: readonly [name: string, file: FileText][] = [
  ['a link', { kind: 'refused', reason: 'TargetUnsupported', message: 'x is a symbolic link, which is not followed' }],
  ['a file of Git LFS', { kind: 'refused', reason: 'TargetUnsupported', message: 'x is kept in Git LFS' }],
]
for (const [name, file] of oddities)
  test(`${name} is told when it is looked at, not called missing`, async () => {
    const { look } = git({ [`${own} apps/web/values.yaml`]: file })
    const message = file.kind === 'refused' ? file.message : ''
    await assert.rejects(target.find(linked(application()), look), { reason: 'TargetUnsupported', message })
  })

test('an override file of the Application wins, and is named', async () => {
  const { look } = git({
    [`${own} apps/web/values.yaml`]: tag,
    [`${own} apps/web/.argocd-source-web.yaml`]: 'helm: {parameters: [{name: image.tag, value: "1"}]}\n',
  })
  await assert.rejects(target.find(linked(application()), look), {
    message: /^image\.tag is set by apps\/web\/\.argocd-source-web\.yaml, which wins over apps\/web\/values\.yaml/,
  })
})

test('before a look the Application’s keys are claimed, and the file where its path is given', () => {
  const branch = () => 'main'
  const plain = target.claims(linked(application()), branch)
  assert.equal(plain.length, 1)
  const named = target.claims(linked(application(), { path: '/envs/{{ .AppName }}.yaml' }), branch)
  assert.ok(named.some((claim) => claim.includes('envs/web.yaml')))
  assert.ok(plain.every((claim) => named.includes(claim)))
})

const patterns: readonly [name: string, valueFiles: readonly string[], files: readonly string[], counts: string][] = [
  [
    'the last that a pattern matches',
    ['envs/*.yaml'],
    ['apps/web/envs/a.yaml', 'apps/web/envs/b.yaml'],
    'apps/web/envs/b.yaml',
  ],
  [
    'what is named itself, where it is named',
    ['envs/a.yaml', 'envs/*.yaml'],
    ['apps/web/envs/a.yaml'],
    'apps/web/envs/a.yaml',
  ],
  [
    'a pattern leaves out what is named before it',
    ['envs/b.yaml', 'envs/*.yaml'],
    ['apps/web/envs/a.yaml', 'apps/web/envs/b.yaml'],
    'apps/web/envs/a.yaml',
  ],
  ['the file of the Application', ['envs/$ARGOCD_APP_NAME.yaml'], ['apps/web/envs/web.yaml'], 'apps/web/envs/web.yaml'],
  ['nothing matches: the chart’s own', ['envs/*.yaml'], ['apps/web/values.yaml'], 'apps/web/values.yaml'],
]
for (const [name, valueFiles, files, counts] of patterns)
  test(`of values files by pattern and variable counts ${name}`, async () => {
    const { look } = git(Object.fromEntries(files.map((path) => [`${own} ${path}`, tag])))
    const found = await target.find(linked(application({ sources: [source(helm(...valueFiles))] })), look)
    assert.equal(found.file.path, counts)
  })

test('what a pattern matches wins over the file that a policy names, and is named', async () => {
  const { look } = git({ [`${own} apps/web/values.yaml`]: tag, [`${own} apps/web/envs/x.yaml`]: tag })
  const wish = linked(application({ sources: [source(helm('envs/**/*.yaml'))] }), { path: 'values.yaml' })
  await assert.rejects(target.find(wish, look), { message: /is set by apps\/web\/envs\/x\.yaml, which wins/ })
})

test('a pattern in another repository is not looked up with the policy’s Secret', async () => {
  const { look, seen } = git({ [`${own} apps/web/values.yaml`]: tag, [`${lent} prod.yaml`]: tag })
  const app = application({ sources: [source(helm('$values/*.yaml')), values] })
  const secretRef = { name: 'git' }
  await assert.rejects(target.find(linked(app, { secretRef }), look), { message: /set writeBack\.git\.repository$/ })
  assert.deepEqual(seen, [])
  const found = await target.find(linked(app, { secretRef, path: 'values.yaml' }), look)
  assert.equal(found.file.path, 'apps/web/values.yaml')
})

test('patterns of a chart in several repositories are not looked up with the policy’s Secret, nor on the branch of another', async () => {
  const charts = { repoURL: 'https://charts.example.com', chart: 'web', targetRevision: '1.2.3' }
  const chart = source({ ...charts, path: undefined, ...helm('$values/*.yaml', '$a/*.yaml') })
  const app = application({ sources: [chart, source({ repoURL: own, path: undefined, ref: 'a' }), values] })
  const { look, seen } = git({ [`${own} a.yaml`]: tag, [`${lent} b.yaml`]: tag })
  await assert.rejects(target.find(linked(app, { secretRef: { name: 'git' } }), look), {
    message: /set writeBack\.git\.repository$/,
  })
  assert.equal(seen.length, 0)
  await target.find(linked(app, { repository: own, branch: 'next', path: '/a.yaml' }), look)
  assert.deepEqual(new Set(seen.map((place) => place.split(' ')[0])), new Set(['config.git@next', 'values.git@main']))
})

test('what sets a key in the Application wins over a file that its source reads, and not over one that is for something else', async () => {
  const set = { helm: { parameters: [{ name: 'image.tag', value: '1.0.0' }], valueFiles: [] } }
  const app = application({ sources: [source(set)] })
  const { look } = git({ [`${own} apps/web/values.yaml`]: tag, [`${own} generator/web.yaml`]: tag })
  await assert.rejects(target.find(linked(app, { path: 'values.yaml' }), look), {
    message: /is set by helm\.parameters/,
  })
  const found = await target.find(linked(app, { path: '/generator/web.yaml' }), look)
  assert.equal(found.file.path, 'generator/web.yaml')
})

test('a pattern that may not be looked at wins nothing over a file that is named; without a name it is told', async () => {
  const refused = new ReconcileError(reasons.gitAuthFailed, 'not lent', { retry: { kind: 'interval' } })
  const away = new ReconcileError(reasons.gitUnavailable, 'away', { retry: backoff })
  const app = application({ sources: [source(helm('$values/*.yaml')), values] })
  const looking = (error: ReconcileError, options: Git) =>
    target.find(linked(app, options), git({ [`${own} apps/web/values.yaml`]: tag, [`${lent} *.yaml`]: error }).look)
  assert.equal((await looking(refused, { path: 'values.yaml' })).file.path, 'apps/web/values.yaml')
  await assert.rejects(looking(away, { path: 'values.yaml' }), { reason: 'GitUnavailable' })
  await assert.rejects(looking(refused, {}), { reason: 'GitAuthFailed' })
})
