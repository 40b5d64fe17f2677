import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../src/api/conditions.ts'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { secretTypeLabel } from '../../src/core/git/git-credential.ts'
import { atOnce } from '../../src/core/targets/file-work.ts'
import { ReconcileError } from '../../src/errors.ts'
import type { LaneEdit } from '../../src/git/lanes/plan-commits.ts'
import type { BranchStanding } from '../../src/git/lanes/standings.ts'
import type { GitRepositories } from '../../src/git/repositories.ts'
import { createGitMethod } from '../../src/writeback/git.ts'
import type { LinkedTarget, WroteBefore } from '../../src/writeback/place.ts'
import { application, source } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo } from '../reconcile/build-run.ts'

const theirs: BranchStanding = { begunByUs: false, base: undefined, fork: undefined, messages: [], fixed: false }
const ours: BranchStanding = { ...theirs, begunByUs: true, base: 'main', fork: 'base' }
const forDev: BranchStanding = { ...theirs, begunByUs: true, base: 'dev' }
const down = new ReconcileError(reasons.gitUnavailable, 'down')

interface Scene {
  /** What values.yaml says at a commit: `base` is the branch's tip, `push` the push branch's. */
  readonly tags?: Readonly<Record<string, string | ReconcileError>>
  /** The push branch's tip. */
  readonly beside?: string
  readonly standing?: BranchStanding
  /** Trailers' values in the history of each tip. */
  readonly history?: Readonly<Record<string, string>>
  /** What else is in the history of each tip. */
  readonly contains?: readonly string[]
  readonly isLent?: boolean
  readonly refresh?: boolean
  readonly git?: NonNullable<ImageUpdatePolicySpec['writeBack']>['git']
}

/** The method on a repository whose `main` is at commit `base`. */
function world(scene: Scene = {}) {
  const { tags = {}, beside, standing = ours, history = {}, contains = [], isLent = false, refresh = true } = scene
  const submitted: LaneEdit[] = []
  const refreshed: string[] = []
  const secret = (labels: Record<string, string>) => ({
    namespace: 'argocd',
    name: 'git',
    type: '',
    labels,
    annotations: {},
    data: { username: Buffer.from('u'), password: Buffer.from('p'), url: Buffer.from(source().repoURL) },
  })
  const repositories: GitRepositories = {
    tip: () => Promise.resolve({ branch: 'main', tip: 'base', beside }),
    read: (_access, tip, paths) => {
      const said = tags[tip] ?? '1.4.0'
      if (said instanceof ReconcileError) return Promise.reject(said)
      const text = said === '' ? 'other: 1\n' : `image: {tag: ${said}}\n`
      return Promise.resolve(new Map(paths.map((path) => [path, { kind: 'text', text, mode: '100644' }])))
    },
    list: () => Promise.resolve([]),
    standing: () => Promise.resolve(standing),
    recentMessages: (_, tip) =>
      Promise.resolve([
        { oid: tip, time: 1, message: `x\n\nImage-Update: argocd/web argocd/web ${history[tip]}\n` },
        ...contains.map((oid) => ({ oid, time: 1, message: '' })),
      ]),
    submit: (_access, _branch, edit) => {
      submitted.push(edit)
      return Promise.resolve({ kind: 'pushed', revision: 'abc', carried: [] })
    },
    close: () => Promise.resolve(),
  }
  const silent = () => undefined
  const method = createGitMethod({
    repositories,
    secrets: {
      get: () => Promise.resolve(secret({})),
      listRepositorySecrets: () => [secret({ [secretTypeLabel]: 'repository' })],
      settled: Promise.resolve(),
      close: () => Promise.resolve(),
    },
    settings: { get: () => undefined },
    applications: { get: () => undefined, requestRefresh: async (_, mode) => void refreshed.push(mode) },
    projectOf: () => ({ namespace: 'argocd', name: 'default', sourceNamespaces: [], sourceRepos: ['*'] }),
    argocdNamespace: 'argocd',
    work: atOnce,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
  const secretRef = isLent ? {} : { secretRef: { name: 'git' } }
  const git = { target: 'helmValues', path: 'values.yaml', pushBranch: 'updates', ...secretRef, ...scene.git } as const
  const spec = policySpec({ writeBack: { method: 'git', refresh, git } })
  const linked = linkTo(application({ labels: { branch: 'main' } }), spec).target as LinkedTarget
  return { method, linked, submitted, refreshed, observe: () => method.observe(linked, { notBefore: 0 }) }
}

const sights: readonly [name: string, scene: Scene, seen: readonly unknown[]][] = [
  ['a branch that is not there', {}, [false, true, undefined, false]],
  ['a branch of ours', { beside: 'push', tags: { push: '1.5.0' } }, [true, true, '1.5.0', false]],
  [
    'a branch with commits of others',
    { beside: 'push', tags: { push: '1.5.0' }, standing: { ...theirs, begunByUs: true } },
    [true, false, '1.5.0', false],
  ],
  ['a branch on which nothing is to be read', { beside: 'push', tags: { push: '' } }, [true, true, undefined, false]],
  [
    'a base that has moved on elsewhere',
    { beside: 'push', tags: { push: '1.5.0', before: '1.4.0' }, standing: { ...ours, fork: 'before' } },
    [true, true, '1.5.0', false],
  ],
  [
    'a base that has changed the value since',
    { beside: 'push', tags: { push: '1.5.0', before: '1.3.0' }, standing: { ...ours, fork: 'before' } },
    [true, true, '1.5.0', true],
  ],
  [
    'a base that had nothing of it when the branch began',
    { beside: 'push', tags: { push: '1.5.0', before: '' }, standing: { ...ours, fork: 'before' } },
    [true, true, '1.5.0', true],
  ],
  [
    'a base that has it by now',
    { beside: 'push', tags: { push: '1.4.0', before: '1.3.0' }, standing: { ...ours, fork: 'before' } },
    [true, true, '1.4.0', false],
  ],
]
for (const [name, scene, seen] of sights)
  test(`sees ${name}`, async () => {
    const { push, desired } = await world(scene).observe()
    assert.deepEqual([push?.isThere, push?.isOurs, push?.said?.value, push?.overtaken], seen)
    assert.deepEqual([push?.branch, push?.base, push?.tip, desired.value], ['updates', 'main', 'base', '1.4.0'])
  })

test('sees that the server lets nobody rewrite the branch', async () => {
  const { push } = await world({ beside: 'push', standing: { ...ours, fixed: true } }).observe()
  assert.equal(push?.fixed, true)
})

const refusals: readonly [name: string, scene: Scene, reason: string, says: RegExp][] = [
  [
    'Argo CD’s credentials for a branch that we did not begin',
    { isLent: true, beside: 'push', standing: theirs },
    'GitAuthFailed',
    /branch updates is there and was not begun by the operator; set writeBack\.git\.secretRef/,
  ],
  ['the base itself', { git: { pushBranch: '{{ .Labels.branch }}' } }, 'BranchUnknown', /is the branch to merge into/],
  ['no name of a branch', { git: { pushBranch: 'x/{{ .Labels.none }}' } }, 'BranchUnknown', /has no label none/],
  ['a branch below the base', { git: { pushBranch: 'main/x' } }, 'BranchUnknown', /git keeps no branch main\/x beside/],
  [
    'a branch of ours for another base',
    { beside: 'push', standing: forDev },
    'BranchUnknown',
    /^branch updates waits to be merged into dev, not main: give each base a branch of its own, for example by \{\{ \.AppName \}\} in writeBack\.git\.pushBranch, or delete it/,
  ],
  ['what can’t be reached for the moment', { beside: 'push', tags: { push: down } }, 'GitUnavailable', /down/],
]
for (const [name, scene, reason, message] of refusals)
  test(`refuses ${name}`, () => assert.rejects(world(scene).observe(), { reason, message }))

test('Argo CD’s credentials are lent for a branch that is not there yet, and for one that we began', async () => {
  for (const scene of [{}, { beside: 'push', standing: { ...theirs, begunByUs: true } }])
    assert.equal((await world({ isLent: true, ...scene }).observe()).push?.branch, 'updates')
})

test('a branch of ours for another base that is in this one by now waits for nothing', async () => {
  const { push } = await world({ beside: 'push', standing: forDev, contains: ['push'] }).observe()
  assert.deepEqual([push?.isThere, push?.isOurs], [true, false])
})

test('a write goes to the push branch, says so, and asks nobody to look: that is for the merge', async () => {
  const { observe, submitted, refreshed } = world({ beside: 'push', tags: { push: '1.4.9' } })
  const place = await observe()
  const written = await place.write('1.4.0', '1.5.0')
  const waitsOn = { branch: 'updates', base: 'main' }
  assert.deepEqual(written, { kind: 'written', from: '1.4.0', to: '1.5.0', revision: 'abc', waitsOn })
  const [edit] = submitted
  assert.deepEqual([edit?.push?.branch, refreshed], ['updates', []])
  const says = (tag: string) => new Map([['apps/web/values.yaml', `image: {tag: ${tag}}\n`]])
  assert.deepEqual(
    [await edit?.edit.apply(says('1.4.9')), await edit?.push?.anew?.apply(says('1.4.0'))].map((result) => result?.kind),
    ['edited', 'edited'],
    'what was decided upon on either branch may stand there',
  )
  assert.equal((await edit?.edit.apply(says('1.4.0')))?.kind, 'moved')
  await place.push?.merged()
  assert.deepEqual(refreshed, ['normal'])
})

test('a branch that was not there has nothing to begin anew from', async () => {
  const { observe, submitted } = world()
  await (await observe()).write('1.4.0', '1.5.0')
  assert.deepEqual(submitted[0]?.push, { branch: 'updates', anew: undefined, onlyOurs: false })
})

test('with Argo CD’s credentials only a branch that is ours at the push, too, is pushed to', async () => {
  const { observe, submitted } = world({ isLent: true })
  await (await observe()).write('1.4.0', '1.5.0')
  assert.equal(submitted[0]?.push?.onlyOurs, true)
})

test('a policy that wants no refresh has none asked for after a merge', async () => {
  const { observe, refreshed } = world({ refresh: false })
  await (await observe()).push?.merged()
  assert.deepEqual(refreshed, [])
})

const histories: readonly [name: string, scene: Scene, wrote: WroteBefore][] = [
  ['the base had it', { history: { base: '1.5.0' } }, 'here'],
  ['both had it', { beside: 'push', standing: theirs, history: { base: '1.5.0', push: '1.5.0' } }, 'here'],
  [
    'others are on the branch, and it had it',
    { beside: 'push', standing: theirs, history: { push: '1.5.0' } },
    'beside',
  ],
  [
    'others are on the branch, which says it',
    { beside: 'push', standing: theirs, history: { push: '1.5.0' }, tags: { push: '1.5.0' } },
    undefined,
  ],
  [
    'the branch is all ours: nobody took anything back on it',
    { beside: 'push', history: { push: '1.5.0' } },
    undefined,
  ],
]
for (const [name, scene, wrote] of histories)
  test(`history: ${name}`, async () => {
    const place = await world(scene).observe()
    assert.equal(await place.wroteBefore('1.5.0', 0), wrote)
  })

test('what is pushed to different branches is no conflict, and what is pushed to the same is', () => {
  const claims = (git: Scene['git']) => {
    const { method, linked } = world({ git })
    return method.claims(linked)
  }
  const shared = (a: Scene['git'], b: Scene['git']) => claims(a).filter((claim) => claims(b).includes(claim)).length
  assert.ok(shared({}, {}) > 0)
  assert.equal(shared({}, { pushBranch: 'other' }), 0)
  const { method, linked } = world()
  assert.deepEqual(method.aliases(linked), method.claims(linked))
})
