import assert from 'node:assert/strict'
import { glob, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as breathe } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import typescript from 'typescript'
import { openThread, type Thread } from '../../../src/writeback/thread/open-thread.ts'
import { root } from '../../markdown.ts'
import { temporaryFolder } from '../../servers/guard.ts'
import { dense, endless } from './tasks.ts'

const ample = { longestTask: 60_000, heap: 192 }
const asked = { name: 'concernsKey', args: ['image: {tag: 1}\n', ['image.tag']] } as const

async function using(thread: Thread, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } finally {
    await thread.end()
  }
}

test('a thread does one task after the other', async () => {
  const thread = openThread(ample)
  await using(thread, async () => {
    assert.deepEqual(await thread.ask(asked), { kind: 'done', value: true })
    assert.deepEqual(await thread.ask({ ...asked, args: ['a: 1\n', ['b']] }), { kind: 'done', value: false })
  })
  assert.deepEqual(await thread.over, { kind: 'ended' })
  assert.deepEqual(await thread.ask(asked), { kind: 'ended' }, 'what is asked of one that is over')
})

test('what a task came to is not kept once it was told', async () => {
  const thread = openThread(ample)
  await using(thread, async () => {
    const told = await weaklyAsked(thread)
    // What is held weakly is held until the turn ends.
    await breathe()
    collectGarbage()
    assert.equal(told.deref(), undefined)
    assert.deepEqual(await thread.ask(asked), { kind: 'done', value: true }, 'and the thread lives')
  })
})

async function weaklyAsked(thread: Thread): Promise<WeakRef<object>> {
  return new WeakRef(await thread.ask(asked))
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
}

test('a fault of ours comes back as it is, and the thread goes on', async () => {
  const thread = openThread(ample)
  await using(thread, async () => {
    const outcome = await thread.ask({ ...asked, args: ['a: 1\n', undefined as never] })
    assert.ok(outcome.kind === 'failed' && outcome.error instanceof TypeError)
    await assert.rejects(thread.ask({ ...asked, args: [(() => 'no data') as never, ['a']] }), /could not be cloned/)
    assert.deepEqual(await thread.ask(asked), { kind: 'done', value: true })
  })
})

test('a task that takes too long is given up', async () => {
  const thread = openThread({ ...ample, longestTask: 200 })
  await using(thread, async () => assert.deepEqual(await thread.ask(endless), { kind: 'slow' }))
})

test('a task that takes too much memory ends its thread, and nothing else', async () => {
  const thread = openThread({ ...ample, heap: 48 })
  await using(thread, async () => {
    assert.deepEqual(await thread.ask({ ...asked, args: [dense, ['a']] }), { kind: 'full' })
    assert.deepEqual(await thread.over, { kind: 'full' })
  })
})

test('a thread can be ended in the middle of a task', async () => {
  const thread = openThread(ample)
  const outcome = thread.ask(endless)
  await thread.end()
  assert.deepEqual(await outcome, { kind: 'ended' })
})

test('compiled, it finds its other half as well', async () => {
  const folder = temporaryFolder('compiled')
  try {
    await compile(folder.path)
    const at = pathToFileURL(join(folder.path, 'dist/writeback/thread/open-thread.js'))
    const compiled = (await import(at.href)) as { openThread: typeof openThread }
    const thread = compiled.openThread(ample)
    await using(thread, async () => assert.deepEqual(await thread.ask(asked), { kind: 'done', value: true }))
  } finally {
    await folder.remove()
  }
})

/** As `npm run build` does it, of that which a thread needs. */
async function compile(to: string): Promise<void> {
  const config = typescript.readConfigFile(join(root, 'tsconfig.json'), (path) => typescript.sys.readFile(path))
  const { compilerOptions } = config.config as { compilerOptions: object }
  const { options } = typescript.convertCompilerOptionsFromJson({ ...compilerOptions, module: 'ESNext' }, root)
  for await (const path of glob(['core/**/*.ts', 'api/*.ts', 'errors.ts', 'writeback/thread/*.ts'], {
    cwd: join(root, 'src'),
  })) {
    const text = await readFile(join(root, 'src', path), 'utf8')
    const { outputText } = typescript.transpileModule(text, { compilerOptions: options, fileName: path })
    const at = join(to, 'dist', path.replace(/\.ts$/, '.js'))
    await mkdir(dirname(at), { recursive: true })
    await writeFile(at, outputText)
  }
  await writeFile(join(to, 'package.json'), '{"type": "module"}')
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'))
}
