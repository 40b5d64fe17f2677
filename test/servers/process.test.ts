import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { temporaryFolder } from './guard.ts'
import { waitFor } from './poll.ts'
import { freePort, startProcess } from './process.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const stubborn = join(fixtures, 'stubborn.ts')

async function isListening(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}`).then(
    (response) => response.ok,
    () => false,
  )
}

/** How the parent is told to end, and what is sent to it. */
const ends = [
  ['is killed with kill -9', 'wait', 'SIGKILL'],
  ['is interrupted with Ctrl-C', 'wait', 'SIGINT'],
  ['is terminated', 'wait', 'SIGTERM'],
  ['ends by itself', 'exit', undefined],
  ['fails with an error', 'throw', undefined],
] as const

describe('nothing is left behind when a process', { concurrency: true }, () => {
  for (const [name, end, signal] of ends) {
    test(name, { timeout: 30_000 }, async () => {
      const parent = spawn(process.execPath, [join(fixtures, 'parent.ts'), end, stubborn], {
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const exited = once(parent, 'exit')
      const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string]
      const { folder, ports } = JSON.parse(line) as { folder: string; ports: number[] }
      if (signal) {
        assert.ok(existsSync(folder))
        for (const port of ports) assert.ok(await isListening(port))
        parent.kill(signal)
      }
      await exited
      await waitFor('the folder is gone', () => !existsSync(folder))
      for (const port of ports) assert.equal(await isListening(port), false)
    })
  }
})

test('a process that takes no SIGTERM is killed after the grace, with what it started', async () => {
  const ports = [await freePort(), await freePort()]
  const running = await startProcess({
    name: 'stubborn',
    command: process.execPath,
    args: [stubborn, ...ports.map(String)],
    ready: async () => (await Promise.all(ports.map(isListening))).every(Boolean),
  })
  const exit = await running.stop(100)
  assert.deepEqual(exit, { code: undefined, signal: 'SIGKILL' })
  for (const port of ports) assert.equal(await isListening(port), false)
  assert.deepEqual(await running.stop(), exit)
})

test('what a process started ends with it, even what takes no SIGTERM', async () => {
  const port = await freePort()
  const running = await startProcess({
    name: 'starter',
    command: process.execPath,
    args: ['-e', `require('node:child_process').spawn(process.execPath, ['${stubborn}', '${port}'])`],
    ready: () => isListening(port),
  })
  assert.deepEqual(await running.stop(), { code: undefined, signal: 'SIGTERM' })
  await waitFor('its child is gone', async () => !(await isListening(port)))
})

test('a process that ends before it is ready fails with its status and its log', async () => {
  const start = startProcess({
    name: 'broken',
    command: process.execPath,
    args: ['-e', 'console.error("no such thing"); process.exit(3)'],
    ready: () => false,
  })
  await assert.rejects(start, (error: Error) => {
    assert.match(error.message, /^broken did not get ready.*no such thing/s)
    assert.match(String((error.cause as Error).message), /ended with status 3/)
    return true
  })
})

test('a process that does not get ready in time is ended', async () => {
  const port = await freePort()
  const start = startProcess({
    name: 'slow',
    command: process.execPath,
    args: [stubborn, String(port)],
    ready: async () => (await isListening(port)) && false,
    readyWithinMs: 500,
  })
  await assert.rejects(start, /slow did not get ready/)
  assert.equal(await isListening(port), false)
})

test('a program that does not exist is named', async () => {
  await assert.rejects(startProcess({ name: 'nothing', command: '/nowhere/nothing' }), /nothing could not be started/)
})

test('the log is the end of what was written, and lines come whole', async () => {
  const lines: string[] = []
  const running = await startProcess({
    name: 'talker',
    command: process.execPath,
    args: ['-e', 'for (let i = 0; i < 20000; i++) console.log("line " + i)'],
    onLine: (line) => lines.push(line),
  })
  await waitFor('all lines have come', () => lines.length === 20_000)
  assert.equal(lines[12_345], 'line 12345')
  assert.equal(running.log().length, 64 * 1024)
  assert.ok(running.log().endsWith('line 19999\n'))
})

test('a temporary folder is removed with what it holds', async () => {
  const folder = temporaryFolder('test')
  assert.ok(existsSync(folder.path))
  await folder.remove()
  await folder.remove()
  assert.equal(existsSync(folder.path), false)
})

test('free ports are all different and below the range of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort))
  assert.equal(new Set(ports).size, 50)
  assert.ok(ports.every((port) => port >= 20_000 && port < 32_000))
})
