import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../src/core/applications/application.ts'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { atOnce } from '../../src/core/targets/file-work.ts'
import { commitMessage, parseTrailers } from '../../src/core/git/commit-message.ts'
import type { FileText } from '../../src/git/file-text.ts'
import type { LaneEdit } from '../../src/git/lanes/plan-commits.ts'
import type { GitRepositories } from '../../src/git/repositories.ts'
import { createGitMethod } from '../../src/writeback/git.ts'
import type { LinkedTarget } from '../../src/writeback/place.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo } from '../reconcile/build-run.ts'

const created = Date.UTC(2026, 0, 1)
const trailer = (to: string, source = '') => `Update\n\nImage-Update: argocd/web argocd/web${source} ${to}\n`

/** The method on a repository whose HEAD is `main`, with what a test says of its history. */
function method(
  messages: readonly { message: string; time: number; oid?: string }[] = [],
  files: Record<string, string> = {},
  parts: Partial<GitRepositories> = {},
) {
  const refreshed: string[] = []
  const repositories: GitRepositories = {
    tip: (_, requested) => Promise.resolve({ branch: requested ?? 'main', tip: 'abc' }),
    read: (_access, _tip, paths) => Promise.resolve(new Map(paths.map((path) => [path, fileAt(files[path])]))),
    list: () => Promise.resolve([]),
    standing: () => Promise.resolve({ begunByUs: false, base: undefined, fork: undefined, messages: [], fixed: false }),
    recentMessages: () => Promise.resolve(messages.map((one) => ({ oid: 'abc', ...one }))),
    submit: () => Promise.resolve({ kind: 'pushed', revision: 'abc', carried: [] }),
    close: () => Promise.resolve(),
    ...parts,
  }
  const secret = {
    namespace: 'argocd',
    name: 'git',
    type: '',
    labels: {},
    annotations: {},
    data: { username: Buffer.from('u'), password: Buffer.from('p') },
  }
  const silent = () => undefined
  const git = createGitMethod({
    repositories,
    secrets: {
      get: () => Promise.resolve(secret),
      listRepositorySecrets: () => [],
      settled: Promise.resolve(),
      close: () => Promise.resolve(),
    },
    settings: { get: () => undefined },
    applications: { get: () => undefined, requestRefresh: async (_, mode) => void refreshed.push(mode) },
    projectOf: () => undefined,
    argocdNamespace: 'argocd',
    work: atOnce,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  return { ...git, refreshed }
}

function fileAt(text: string | undefined): FileText {
  return text === undefined ? { kind: 'absent' } : { kind: 'text', text, mode: '100644' }
}

function linked(app: Application = application(), git: NonNullable<ImageUpdatePolicySpec['writeBack']>['git'] = {}) {
  const writeBack = { method: 'git', git: { secretRef: { name: 'git' }, ...git } } as const
  return linkTo(app, policySpec({ writeBack })).target as LinkedTarget
}

const at = (targetRevision: string | undefined): Application => application({ sources: [source({ targetRevision })] })

const spellings: readonly [name: string, a: LinkedTarget, b: LinkedTarget][] = [
  ['a branch in full and in short', linked(at('refs/heads/main')), linked(at('main'))],
  ['the policy’s branch and the source’s', linked(at('other'), { branch: 'main' }), linked(at('main'))],
  ['no revision and HEAD', linked(at(undefined)), linked(at('HEAD'))],
  [
    'the repository in two ways',
    linked(at('main'), { repository: 'https://git.example.com/Acme/config' }),
    linked(at('main')),
  ],
]
for (const [name, a, b] of spellings)
  test(`one place is claimed once: ${name}`, () => {
    const git = method()
    assert.deepEqual(git.claims(a), git.claims(b))
  })

test('who names the branch that HEAD is, and who names HEAD, know of each other once they have looked', async () => {
  const git = method()
  const [named, head, other] = [linked(at('main')), linked(at('HEAD')), linked(at('prod'))]
  assert.deepEqual(git.aliases(named), [])
  await git.observe(named, { notBefore: 0 })
  assert.deepEqual(git.aliases(named), git.claims(head))
  assert.deepEqual(git.aliases(head), git.claims(named))
  assert.deepEqual(git.aliases(other), [])
})

const histories: readonly [name: string, messages: Parameters<typeof method>[0], wrote: boolean][] = [
  ['no commit of ours', [{ message: 'hello', time: created }], false],
  ['our newest commit wrote it', [{ message: trailer('1.5.0'), time: created }], true],
  [
    'we wrote something else since',
    [
      { message: trailer('1.6.0'), time: created + 1 },
      { message: trailer('1.5.0'), time: created },
    ],
    false,
  ],
  [
    'a policy of the same name wrote it before ours was there',
    [{ message: trailer('1.5.0'), time: created - 1 }],
    false,
  ],
]
for (const [name, messages, wrote] of histories)
  test(`history: ${name}`, async () => {
    const place = await method(messages).observe(linked(), { notBefore: 0 })
    assert.equal(await place.wroteBefore('1.5.0', created), wrote ? 'here' : undefined)
  })

const several = application({ sources: [source(), source({ path: 'apps/other' })] })
const sources: readonly [name: string, source: string, wrote: boolean][] = [
  ['this source', '#0', true],
  ['another source of the Application', '#1', false],
  ['one of its sources, by a version that told none', '', true],
]
for (const [name, of, wrote] of sources)
  test(`history of an Application with several sources: ${name} had it`, async () => {
    const place = await method([{ message: trailer('1.5.0', of), time: created }]).observe(linked(several), {
      notBefore: 0,
    })
    assert.equal(await place.wroteBefore('1.5.0', created), wrote ? 'here' : undefined)
  })

test('a commit tells of which source its change is', async () => {
  const submitted: LaneEdit[] = []
  const submit: GitRepositories['submit'] = (_access, _branch, edit) => {
    submitted.push(edit)
    return Promise.resolve({ kind: 'unchanged', revision: 'abc' })
  }
  for (const app of [several, application()]) {
    const place = await method([], {}, { submit }).observe(linked(app), { notBefore: 0 })
    await place.write(undefined, '1.5.0')
  }
  const told = submitted.map(({ change }) => commitMessage(undefined, [change], { repository: '', branch: '' }))
  assert.match(told[0] ?? '', /^Image-Update: argocd\/web argocd\/web#0 1\.5\.0$/m)
  assert.match(told[1] ?? '', /^Image-Update: argocd\/web argocd\/web 1\.5\.0$/m)
  assert.deepEqual(
    told.flatMap(parseTrailers).map(({ application: { source } }) => source),
    [0, undefined],
  )
})

const pushed = { message: trailer('1.5.0'), time: created, oid: 'ours' }
const theirs = { message: 'Notes', time: created, oid: 'theirs' }
const before = { message: trailer('1.4.0'), time: created, oid: 'before' }
const crashes: readonly [
  name: string,
  scene: { messages?: Parameters<typeof method>[0]; revisions?: readonly string[]; since?: number; refresh?: boolean },
  asked: boolean,
][] = [
  ['what it has not compared', { messages: [pushed, before], revisions: ['before'] }, true],
  ['what it has compared', { messages: [pushed, before], revisions: ['ours'] }, false],
  ['what is below what it has not compared either', { messages: [theirs, pushed], revisions: ['before'] }, true],
  ['what is below what it has compared', { messages: [theirs, pushed], revisions: ['theirs'] }, false],
  ['what is no write of ours', { messages: [theirs] }, false],
  ['a write of something else', { messages: [before] }, false],
  ['a write before the policy', { messages: [pushed], since: created + 1 }, false],
  ['what nobody is to be asked to look at', { messages: [pushed], refresh: false }, false],
]
for (const [name, { messages, revisions = [], since = created, refresh = true }, asked] of crashes)
  test(`after a crash Argo CD is ${asked ? '' : 'not '}asked to look at ${name}`, async () => {
    const git = method(messages)
    const plain = application()
    const of = linked({ ...plain, sync: { ...plain.sync, revisions } })
    const spec = { ...of.spec, writeBack: { ...of.spec.writeBack, refresh } }
    await (await git.observe({ ...of, spec }, { notBefore: 0 })).catchUp('1.5.0', since)
    assert.deepEqual(git.refreshed, asked ? ['normal'] : [])
  })

const watching = (path: string) => ({ annotations: { 'argocd.argoproj.io/manifest-generate-paths': path } })
const lent = source({ repoURL: 'https://git.example.com/acme/values.git', path: undefined, ref: 'values' })
const reader = source({ helm: { parameters: undefined, valueFiles: ['$values/apps/web/prod.yaml'] } })
const refreshes: readonly [name: string, linked: LinkedTarget, mode: string][] = [
  ['a file in the folder that is watched', linked(application(watching('.'))), 'normal'],
  ['a file outside of what is watched', linked(application(watching('/other'))), 'hard'],
  ['a values file that nobody restricts', linked(application(), { target: 'helmValues' }), 'normal'],
  [
    'a values file of another repository, at a path that is watched in the source’s own',
    linked(application({ ...watching('.'), sources: [reader, lent] }), {
      target: 'helmValues',
      repository: lent.repoURL,
    }),
    'hard',
  ],
]
for (const [name, of, mode] of refreshes)
  test(`after a push Argo CD is asked to look, ${mode}, for ${name}`, async () => {
    const tag = 'image: {tag: 1.0.0}\n'
    const git = method([], { 'apps/web/values.yaml': tag, 'apps/web/prod.yaml': tag })
    const place = await git.observe(of, { notBefore: 0 })
    await place.write(place.desired.value, '1.5.0')
    assert.deepEqual(git.refreshed, [mode])
  })

for (const [name, revision, asked] of [
  ['since the look', 'newer', ['normal']],
  ['where it looked, too', 'abc', []],
] as const)
  test(`a value that stood there already, ${name}: Argo CD is asked to look ${asked.length} times`, async () => {
    const git = method([], {}, { submit: () => Promise.resolve({ kind: 'unchanged', revision }) })
    const place = await git.observe(linked(), { notBefore: 0 })
    assert.deepEqual(await place.write(undefined, '1.5.0'), { kind: 'unchanged' })
    assert.deepEqual(git.refreshed, asked)
  })

const hydrated = (type: string) => linked(application({ hydrated: true, sourceTypes: [type] }))
const folders: readonly [name: string, of: LinkedTarget, files: readonly string[], refused: RegExp | undefined][] = [
  ['a chart', hydrated(''), ['Chart.yaml'], undefined],
  [
    'a kustomization',
    hydrated(''),
    ['kustomization.yml'],
    /apps\/web\/ is of type Kustomize to Argo CD, .*set writeBack\.kustomize/,
  ],
  ['both', hydrated(''), ['Chart.yaml', 'Kustomization'], /set writeBack\.kustomize/],
  [
    'plain manifests',
    hydrated(''),
    [],
    /of type Directory to Argo CD, and not Helm; use writeBack\.git\.target: manifests/,
  ],
  ['whatever, where its spec names the type', hydrated('Helm'), [], undefined],
]
for (const [name, of, files, expected] of folders)
  test(`parameters for a hydrated source are written where Argo CD will take it for a chart: ${name}`, async () => {
    const git = method([], Object.fromEntries(files.map((file) => [`apps/web/${file}`, 'a: b\n'])))
    const looking = git.observe(of, { notBefore: 0 })
    if (expected !== undefined) return await assert.rejects(looking, expected)
    const place = await looking
    assert.equal((await place.write(undefined, '1.5.0')).kind, 'written')
  })
