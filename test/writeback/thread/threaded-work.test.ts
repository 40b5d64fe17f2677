import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { atOnce, type FileWork } from '../../../src/core/targets/file-work.ts'
import { valuesEdit } from '../../../src/core/targets/helm-values.ts'
import { kustomizationEdit } from '../../../src/core/targets/kustomization.ts'
import { manifestsEdit } from '../../../src/core/targets/manifests.ts'
import { overrideEdit } from '../../../src/core/targets/override-file.ts'
import { openThread, type Thread } from '../../../src/writeback/thread/open-thread.ts'
import { createThreadedWork, type ThreadedWorkOptions } from '../../../src/writeback/thread/threaded-work.ts'
import { source } from '../../core/build-application.ts'
import { root } from '../../markdown.ts'
import { waitFor } from '../../servers/poll.ts'
import { dense, doEndless, target } from './tasks.ts'

/** Work that ends with the test, and its threads. Everything goes to the thread; only the first is given `firstTask` ms for a task. */
function open(
  t: TestContext,
  { firstTask = 60_000, ...options }: Partial<ThreadedWorkOptions> & { firstTask?: number } = {},
) {
  const threads: Thread[] = []
  const work = createThreadedWork({ mostAtOnce: 0, longestTask: 60_000, ...options }, (limits) => {
    const thread = openThread({ ...limits, longestTask: threads.length === 0 ? firstTask : limits.longestTask })
    threads.push(thread)
    return thread
  })
  t.after(() => work.close())
  return { work, threads }
}

const has = (work: FileWork, key: string) => work.do('values.yaml', 'concernsKey', 'image: {tag: 1}\n', [key])

test('what is small is done at once, and starts no thread', async (t) => {
  const { work, threads } = open(t, { mostAtOnce: 16 })
  assert.equal(await work.do('a', 'concernsKey', 'a: 1\n', ['a']), true)
  assert.equal(threads.length, 0)
  const files = new Map([['a', 'image: {tag: 1.4.2}\n']])
  const state = await work.do('a', 'readValues', { path: 'a', target, createKeys: false }, files)
  assert.ok(state.kind === 'known')
  assert.deepEqual([state.value, threads.length], ['1.4.2', 1])
})

test('a task that takes too long fails alone; those that wait for it are done by a new thread', async (t) => {
  const { work, threads } = open(t, { firstTask: 200 })
  const slow = doEndless(work, 'charts/values.yaml')
  const others = Promise.all([has(work, 'image'), has(work, 'other')])
  await assert.rejects(slow, { reason: 'TargetUnsupported', message: /^charts\/values\.yaml takes longer than 60 s/ })
  assert.deepEqual(await others, [true, false])
  assert.equal(threads.length, 2)
})

test('a task that takes too much memory fails alone', async (t) => {
  const { work } = open(t, { heap: 48 })
  const full = work.do('dense.yaml', 'concernsKey', dense, ['a'])
  const other = has(work, 'image')
  await assert.rejects(full, { reason: 'TargetUnsupported', message: /^dense\.yaml takes more than 48 MB of memory/ })
  assert.equal(await other, true)
})

test('a thread that dies takes one task with it', async (t) => {
  const { work, threads } = open(t)
  const struck = doEndless(work, 'values.yaml')
  const other = has(work, 'image')
  await waitFor('the thread', () => threads.length === 1)
  await threads[0]?.end()
  await assert.rejects(struck, { reason: 'InternalError', retry: { kind: 'backoff' }, message: /thread .* ended$/ })
  assert.equal(await other, true)
})

test('a thread that dies while it has nothing to do is missed by nobody', async (t) => {
  const { work, threads } = open(t)
  assert.equal(await has(work, 'image'), true)
  await threads[0]?.end()
  await threads[0]?.over
  assert.equal(await has(work, 'image'), true)
  assert.equal(threads.length, 2)
})

test('a fault of ours comes through, and the thread stays', async (t) => {
  const { work, threads } = open(t)
  await assert.rejects(work.do('a', 'concernsKey', 'a: 1\n', undefined as never), TypeError)
  assert.equal(await has(work, 'image'), true)
  assert.equal(threads.length, 1)
})

test('closed in the middle of a task, it ends that, what waits and what comes later', async (t) => {
  const { work, threads } = open(t)
  const under = [doEndless(work, 'a.yaml'), has(work, 'image')]
  await waitFor('the thread', () => threads.length === 1)
  const ended = Promise.all(under.map((each) => assert.rejects(each, /^ReconcileError: \S+: the operator is ending$/)))
  await work.close()
  await ended
  await threads[0]?.over
  await assert.rejects(has(work, 'image'), /the operator is ending$/)
  assert.equal(threads.length, 1)
})

test('a thread with nothing to do is ended after a while, and another is started when there is', async (t) => {
  const { work, threads } = open(t, { idle: 1 })
  assert.equal(await has(work, 'image'), true)
  await threads[0]?.over
  assert.equal(await has(work, 'image'), true)
  assert.equal(threads.length, 2)
})

test('a thread with nothing to do keeps no process alive', async () => {
  const program = `
    import { createThreadedWork } from './src/writeback/thread/threaded-work.ts'
    const work = createThreadedWork({ mostAtOnce: 0, idle: 3_600_000 })
    console.log(await work.do('a', 'concernsKey', 'a: 1', ['a']))
  `
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 })
  assert.equal(stdout, 'true\n')
})

const text = fc
  .array(
    fc.constantFrom(
      'image:\n  tag: 1.4.2 # as it was',
      'image: {tag: "1.4.2", other: &a x}',
      'image: &i\n  tag: *a',
      'images:\n- name: ghcr.io/acme/web\n  newTag: v1',
      'helm:\n  parameters:\n  - name: image.tag\n    value: 1.4.2\n    forcestring: true',
      'kustomize:\n  images: [ghcr.io/acme/web:1.4.2]',
      'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: ghcr.io/acme/web:1.4.2',
      '---',
      'ünï: {{ .Values.x }} 😀',
      '\ufeffa: [',
      '',
    ),
    { maxLength: 4 },
  )
  .map((pieces) => pieces.join('\n'))
const to = fc.constantFrom('1.5.0', '1.4.2', `2.0@sha256:${'a'.repeat(64)}`)
const values = fc.constantFrom<(string | undefined)[]>(['1.4.2'], [undefined], ['1.3.0'])

/** Each task on these texts. */
function every(
  work: FileWork,
  [one, other]: readonly [string, string],
  wish: { to: string; decidedUpon: { values: (string | undefined)[] } },
) {
  const files = new Map([
    ['web/a.yaml', one],
    ['web/b.yaml', other],
  ])
  const kustomize = { ...target, tool: 'kustomize' } as const
  const owner = { image: target.image, marker: 'argocd:web' }
  const inValues = { path: 'web/a.yaml', target, createKeys: true }
  const inKustomization = { path: 'web/a.yaml', target: kustomize }
  const inManifests = { folder: 'web', paths: [...files.keys()], owner, digest: 'never' } as const
  const own = [{ name: 'x', value: 'y', forceString: true }]
  const inOverride = {
    path: 'web/a.yaml',
    folderPath: 'web/b.yaml',
    target,
    own,
    policy: 'argocd/web',
    application: 'argocd/web',
  }
  const [override, folderOverride] = [...files].map(([path, content]) => ({ path, text: content })) as [FileAt, FileAt]
  const winners = { source: source(), override, folderOverride, later: [override] }
  const about = 'web'
  const edits = [
    valuesEdit(inValues, wish),
    kustomizationEdit(inKustomization, wish),
    manifestsEdit(inManifests, wish),
    overrideEdit(inOverride, wish),
    overrideEdit(inOverride, undefined),
  ]
  return Promise.allSettled([
    work.do(about, 'concernsKey', one, ['image.tag', 'x']),
    work.do(about, 'readValues', inValues, files),
    work.do(about, 'readKustomization', inKustomization, files),
    work.do(about, 'readManifests', inManifests, files),
    work.do(about, 'readOverride', inOverride, files),
    work.do(about, 'winnerOver', 'c.yaml', ['image.tag'], winners),
    work.do(about, 'imageWinnerOver', 'c.yaml', 'ghcr.io/acme/web', winners),
    ...edits.map((edit) => work.do(about, 'applyEdit', edit, files)),
  ])
}

interface FileAt {
  readonly path: string
  readonly text: string
}

test('every task comes to the same in the thread as at once', async (t) => {
  const { work } = open(t)
  const kinds = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.tuple(text, text), to, values, async (texts, wanted, decided) => {
      const wish = { to: wanted, decidedUpon: { values: decided } }
      const inThread = await every(work, texts, wish)
      assert.deepEqual(inThread, await every(atOnce, texts, wish))
      for (const each of inThread) if (each.status === 'fulfilled') kinds.add(kindOf(each.value))
    }),
  )
  for (const kind of ['known', 'failed', 'edited', 'unchanged', 'moved', 'refused', 'true', 'false'])
    assert.ok(kinds.has(kind), `nothing was ${kind}`)
})

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : String(value)
}
