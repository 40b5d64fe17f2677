// The demonstration is a test of its own: it checks what it tells. Here: that it ends well, prints well and leaves nothing behind.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { temporaryFolder } from '../servers/guard.ts'
import { waitFor } from '../servers/poll.ts'
import { startProcess, type RunningProcess } from '../servers/process.ts'

const main = join(import.meta.dirname, 'main.ts')

/** Starts it with a folder of its own for all that is temporary. */
async function start(folder: string, ...args: readonly string[]): Promise<RunningProcess> {
  return await startProcess({
    name: 'the demonstration',
    command: process.execPath,
    args: [main, ...args],
    env: { ...process.env, TMPDIR: folder },
  })
}

test('tells its story to the end, to a pipe, and leaves nothing behind', async (t) => {
  const folder = temporaryFolder('demonstration')
  t.after(() => folder.remove())
  const demonstration = await start(folder.path)
  const { code } = await demonstration.exited
  assert.equal(code, 0, demonstration.log())
  await waitFor('its last words', () => demonstration.log().includes('✔ All of this has happened'))
  const printed = demonstration.log()
  assert.equal(stripVTControlCharacters(printed), printed)
  assert.deepEqual(
    printed.split('\n').filter((line) => line.length > 100),
    [],
  )
  await waitFor('nothing is left', () => readdirSync(folder.path).length === 0)
})

test('leaves nothing behind when it is interrupted in the middle', async (t) => {
  const folder = temporaryFolder('demonstration')
  t.after(() => folder.remove())
  const demonstration = await start(folder.path, '--exit')
  await waitFor('it is in the middle', () => demonstration.log().includes('kubectl get imageupdatepolicies'), 60_000)
  process.kill(demonstration.pid, 'SIGINT')
  assert.equal((await demonstration.exited).code, 130)
  await waitFor('nothing is left', () => readdirSync(folder.path).length === 0)
})

test('push says what is missing, and refuses what is no tag', async (t) => {
  const folder = temporaryFolder('demonstration')
  t.after(() => folder.remove())
  const push = async (...tags: readonly string[]) => {
    const running = await start(folder.path, 'push', ...tags)
    const { code } = await running.exited
    return [code, await waitFor('its last words', () => running.log() || undefined)]
  }
  assert.deepEqual(await push('tag-1.6.0'), [1, 'No demonstration is running. Start one with: npm run demo\n'])
  assert.deepEqual(await push('-'), [2, '- is no tag of an image\n'])
})
