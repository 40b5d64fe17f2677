import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseTemplate, type Template } from '../../src/core/git/template.ts'
import { valuesEdit } from '../../src/core/targets/helm-values.ts'
import { atOnce, type FileWork } from '../../src/core/targets/file-work.ts'
import type { LaneEdit } from '../../src/git/lanes/plan-commits.ts'
import { plainTexts } from '../../src/writeback/targets/texts.ts'
import { textEdit } from '../../src/writeback/text-edit.ts'
import { createThreadedWork } from '../../src/writeback/thread/threaded-work.ts'
import { changeOf, setTag, startGitWorld } from '../git/world.ts'
import { largeValues } from '../large-values.ts'
import { target } from './thread/tasks.ts'

const { server, git, access } = await startGitWorld()
const threaded = createThreadedWork({ longestTask: 300_000 })
after(() => threaded.close())

/** How often others had their turn while tasks were done. */
function counting(work: FileWork) {
  const turns = { of: 0 }
  const counted: FileWork = {
    do: async (...asked) => {
      let isDone = false
      const turn = (): void => {
        if (isDone) return
        turns.of += 1
        setTimeout(turn, 1)
      }
      setTimeout(turn, 1)
      return await work.do(...asked).finally(() => (isDone = true))
    },
  }
  return { counted, turns }
}

const place = { path: 'values.yaml', target, createKeys: false }

/** Looks at the file and changes it, as a run does. */
async function update(name: string, to: string, work: FileWork) {
  const { tip } = await git.tip(access(name), 'main', { notBefore: Date.now() })
  const files = plainTexts(await git.read(access(name), tip, [place.path]))
  const state = await work.do(place.path, 'readValues', place, files)
  assert.ok(state.kind === 'known')
  const edit = textEdit(valuesEdit(place, { to, decidedUpon: state }), work)
  return await git.submit(access(name), 'main', { edit, change: changeOf('web', to), message: undefined })
}

test('while a file of a megabyte is read, edited and pushed, everything else goes on', async () => {
  const size = 1024 * 1024
  await server.createRepository('large', { 'values.yaml': largeValues(size) })
  const { counted, turns } = counting(threaded)
  server.clearRequests()
  assert.equal((await update('large', '1.5.0', counted)).kind, 'pushed')
  assert.equal(await server.readFile('large', 'values.yaml'), largeValues(size, '1.5.0'))
  assert.ok(turns.of > 50, `others had ${turns.of} turns`)
  const pushed = server.requests().filter(({ service, step }) => service === 'git-receive-pack' && step === 'exchange')
  const bytes = pushed.reduce((sum, { bytesIn }) => sum + bytesIn, 0)
  assert.ok(bytes < 2_000, `${bytes} bytes were sent, where only the difference was new`)
  await server.fsck('large')
})

test('done at once, nothing else would: that is what the other test would see', async () => {
  await server.createRepository('blocking', { 'values.yaml': largeValues(200_000) })
  const { counted, turns } = counting(atOnce)
  assert.equal((await update('blocking', '1.5.0', counted)).kind, 'pushed')
  assert.ok(turns.of < 10, `others had ${turns.of} turns`)
})

test('two commits of one push, the second of which takes back the first, arrive', async () => {
  const [before, between] = [largeValues(20_000), largeValues(20_000, '1.5.0')]
  await server.createRepository('back', { 'values.yaml': before })
  const message = parseTemplate('Forth')
  assert.ok(message.ok)
  const make = (text: string, by: Template | undefined): LaneEdit => ({
    edit: { path: 'values.yaml', reads: [], apply: async () => ({ kind: 'edited', text, carried: [] }) },
    change: changeOf('web', '1'),
    message: by,
  })
  const edits = [make(between, message.value), make(before, undefined)]
  const results = await Promise.all(edits.map((edit) => git.submit(access('back'), 'main', edit)))
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ['pushed', 'pushed'],
  )
  assert.equal(await server.readFile('back', 'values.yaml'), before)
  await server.fsck('back')
})

test('a large file that can’t be edited in time is refused, and what is small goes into the same commit without it', async () => {
  await server.createRepository('mixed', { 'values.yaml': largeValues(1024 * 1024), a: 'tag: 1\n', b: 'tag: 1\n' })
  const hasty = createThreadedWork({ longestTask: 1 })
  after(() => hasty.close())
  const edit = textEdit(valuesEdit(place, { to: '1.5.0', decidedUpon: { values: ['1.4.2'] } }), hasty)
  const [large, ...others] = await Promise.allSettled([
    git.submit(access('mixed'), 'main', { edit, change: changeOf('web', '1.5.0'), message: undefined }),
    git.submit(access('mixed'), 'main', setTag('a', '2')),
    git.submit(access('mixed'), 'main', setTag('b', '2')),
  ])
  assert.ok(large.status === 'rejected')
  assert.match(String(large.reason), /^ReconcileError: values\.yaml takes longer than 0\.001 s to be read or edited/)
  assert.deepEqual(
    others.map((each) => each.status === 'fulfilled' && each.value.kind),
    ['pushed', 'pushed'],
  )
  assert.equal((await server.log('mixed')).length, 2)
})
