import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { watchRegistries } from '../../src/registry/watched-registries.ts'
import { temporaryFolder } from '../servers/guard.ts'
import { waitFor } from '../servers/poll.ts'

const perSecond = (count: number): string => `registries: [{host: r.io, limits: {perSecond: ${count}}}]`

async function watched(t: TestContext, content: string) {
  const folder = temporaryFolder('watched')
  t.after(() => folder.remove())
  const file = join(folder.path, 'registries.yaml')
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  await write(content)
  const told: unknown[] = []
  const checked: boolean[] = []
  const tell = (message: string, fields?: object): void => void told.push([message, fields])
  const open = async () => {
    const log = { info: tell, error: tell }
    const registries = await watchRegistries({ file, log, every: 20, onChecked: (valid) => checked.push(valid) })
    t.after(() => registries.close())
    return registries
  }
  return { write, open, told, checked }
}

test('without a file there is nothing particular', async () => {
  const log = { info: () => undefined, error: () => undefined }
  const registries = await watchRegistries({ file: undefined, log })
  assert.equal(registries.current().limits('r.io').atOnce, 8)
  await registries.close()
})

test('a change is seen; a fault is told once and what was said before holds', async (t) => {
  const { write, open, told, checked } = await watched(t, perSecond(1))
  const registries = await open()
  assert.equal(registries.current().limits('r.io').perSecond, 1)
  await write(perSecond(2))
  await waitFor('the change', async () => registries.current().limits('r.io').perSecond === 2)
  await write('registries: {}')
  await waitFor('the fault', async () => checked.length === 3)
  assert.equal(registries.current().limits('r.io').perSecond, 2)
  await write(perSecond(3))
  await waitFor('the way back', async () => registries.current().limits('r.io').perSecond === 3)
  await registries.close()
  assert.deepEqual(checked, [true, true, false, true])
  assert.deepEqual(told, [
    ['the registries file was read anew', { registries: 1 }],
    [
      'the registries file has faults; what it said before holds',
      { faults: ['registries: must be a list, not an object'] },
    ],
    ['the registries file was read anew', { registries: 1 }],
  ])
})

test('an address that is none is a fault like every other, and ends nothing', async (t) => {
  const { write, open, checked } = await watched(t, perSecond(1))
  const registries = await open()
  await write('registries: [{host: r.io, api: "https://r.io:99999", limits: {perSecond: 2}}]')
  await waitFor('the fault', async () => checked.length === 2)
  assert.deepEqual(checked, [true, false])
  assert.equal(registries.current().limits('r.io').perSecond, 1)
})

test('nothing begins with a file that has faults', async (t) => {
  const { open } = await watched(t, 'registries: [{host: r, head: maybe}]')
  await assert.rejects(open(), (error) => {
    assert.ok(error instanceof Error)
    assert.match(
      error.message,
      /^the registries file has faults:\n {2}registries\[0\]\.host: is no host.*\n {2}registries\[0\]\.head: must be/,
    )
    return true
  })
})
