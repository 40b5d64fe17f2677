import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { after, beforeEach, mock, test, type TestContext } from 'node:test'
import { builtPrograms } from './build-binary.ts'
import { withLock } from './build-lock.ts'
import { formatDuration, startProgress } from './build-progress.ts'
import { findProgram } from './find-program.ts'
import type { GoModule } from './go-modules.ts'
import { temporaryFolder, type TemporaryFolder } from './guard.ts'
import { controlPlanePrograms } from './programs.ts'
import { waitFor } from './poll.ts'

const source =
  'package main\n\nimport "os"\n\nvar greeting = "hello"\n\nfunc main() { os.Stdout.WriteString(greeting) }\n'
// Its default lies in XDG_CACHE_HOME, which the tests change; with an empty one every build takes seconds.
const go = await findProgram('go')
if (go !== undefined) process.env['GOCACHE'] = execFileSync(go, ['env', 'GOCACHE']).toString().trim()
const withGo = { skip: go === undefined && 'there is no Go on this machine' }
const folders: TemporaryFolder[] = []
let cache = ''

function newFolder(): string {
  const folder = temporaryFolder('build-test')
  folders.push(folder)
  return folder.path
}

function goModule(main = source): GoModule {
  const folder = newFolder()
  writeFileSync(join(folder, 'go.mod'), 'module hello\n\ngo 1.26.0\n')
  writeFileSync(join(folder, 'main.go'), main)
  return { name: 'hello', folder, programs: ['hello', 'bonjour'], linkerFlags: ['-X main.greeting=built'] }
}

/** Sets an environment variable until the test ends. */
function setVariable(context: TestContext, name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  context.after(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

/** Puts a program before Go on `PATH` that notes what it is called for; returns the notes. */
function countGo(context: TestContext): () => readonly string[] {
  const folder = newFolder()
  writeFileSync(join(folder, 'go'), `#!/bin/sh\necho "$1" >> '${folder}/calls'\nexec '${go}' "$@"\n`, { mode: 0o755 })
  setVariable(context, 'PATH', `${folder}:${process.env['PATH']}`)
  return () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
}

beforeEach((context) => {
  cache = newFolder()
  setVariable(context as TestContext, 'XDG_CACHE_HOME', cache)
})

after(async () => {
  for (const folder of folders) await folder.remove()
})

const cached = (): readonly string[] => readdirSync(join(cache, 'image-update-operator'))

test('a module is built once, however many ask for it, and answers to each of its names', withGo, async (context) => {
  const calls = countGo(context)
  const module = goModule()
  const [first, second] = await Promise.all([builtPrograms(module, ''), builtPrograms(module, '')])
  assert.equal(first, second)
  assert.deepEqual(cached(), [basename(first)])
  for (const name of module.programs) assert.equal(execFileSync(join(first, name)).toString(), 'built')
  assert.equal(await builtPrograms(module, ''), first)
  assert.deepEqual(calls(), ['list', 'build'])
})

test('another source, or other flags, are another entry of the cache', withGo, async () => {
  const module = goModule()
  const first = await builtPrograms(module, '')
  const flags = await builtPrograms({ ...module, linkerFlags: ['-X main.greeting=other'] }, '')
  writeFileSync(join(module.folder, 'main.go'), `${source}\n// changed\n`)
  const changed = await builtPrograms(module, '')
  assert.equal(new Set([first, flags, changed]).size, 3)
  assert.equal(execFileSync(join(flags, 'hello')).toString(), 'other')
})

test("a build that fails says the compiler's words and leaves nothing in the cache", withGo, async () => {
  const module = goModule(source.replace('greeting)', 'missing)'))
  await assert.rejects(builtPrograms(module, ''), /undefined: missing/)
  assert.deepEqual(cached(), [])
})

test('without Go, one sentence says what to do', async (context) => {
  setVariable(context, 'PATH', newFolder())
  await assert.rejects(builtPrograms(goModule(), 'set THIS'), {
    message:
      'hello, bonjour: not found, and there is no Go to build from source. Install Go 1.26 or newer, or set THIS.',
  })
})

test('KUBEBUILDER_ASSETS goes before everything else', async (context) => {
  const assets = newFolder()
  setVariable(context, 'KUBEBUILDER_ASSETS', assets)
  await assert.rejects(controlPlanePrograms(), /KUBEBUILDER_ASSETS is set, but there is no program .*kube-apiserver/)
  for (const name of ['kube-apiserver', 'etcd', 'kubectl']) writeFileSync(join(assets, name), '', { mode: 0o755 })
  assert.deepEqual(await controlPlanePrograms(), {
    apiServer: join(assets, 'kube-apiserver'),
    etcd: join(assets, 'etcd'),
    kubectl: join(assets, 'kubectl'),
  })
})

test('servers on PATH are taken when they are new enough', async (context) => {
  const folder = newFolder()
  setVariable(context, 'KUBEBUILDER_ASSETS', '')
  setVariable(context, 'PATH', `${folder}:/bin:/usr/bin`)
  const program = (name: string, says: string): void =>
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 })
  program('kube-apiserver', 'Kubernetes v1.35.2')
  program('etcd', 'etcd Version: 3.6.8')
  program('kubectl', '')
  assert.equal((await controlPlanePrograms()).apiServer, join(folder, 'kube-apiserver'))
  setVariable(context, 'PATH', folder)
  program('kube-apiserver', 'Kubernetes v1.29.0')
  await assert.rejects(controlPlanePrograms(), /there is no Go/)
})

test('a lock is waited for; one that nobody holds any more is taken over', { timeout: 20_000 }, async () => {
  const file = join(newFolder(), 'lock')
  let waited = 0
  let release = (): void => undefined
  const first = withLock(file, () => new Promise<void>((resolve) => (release = resolve)), assert.fail)
  const second = withLock(
    file,
    async () => 'second',
    () => waited++,
  )
  await waitFor('the second has to wait', () => waited > 0)
  release()
  await first
  assert.equal(await second, 'second')

  writeFileSync(file, 'of a process that was killed')
  const aMinuteAgo = new Date(Date.now() - 60_000)
  utimesSync(file, aMinuteAgo, aMinuteAgo)
  assert.equal(
    await withLock(
      file,
      async () => 'third',
      () => undefined,
    ),
    'third',
  )
})

test('progress is a line that is rewritten on a terminal, and a new line every 15 s elsewhere', () => {
  mock.timers.enable({ apis: ['setInterval'] })
  const shownOn = (isTTY: boolean): string => {
    let text = ''
    const progress = startProgress('building', { isTTY, columns: 40, write: (more) => (text += more) })
    progress.show('1 of 9 packages')
    progress.show('2 of 9 packages')
    mock.timers.tick(15_000)
    progress.end('done')
    return text
  }
  assert.equal(
    shownOn(false),
    'building: 1 of 9 packages (0 s)\nbuilding: 2 of 9 packages (0 s)\nbuilding: done (0 s)\n',
  )
  const live = shownOn(true)
  assert.ok(live.startsWith('\r\u001b[2Kbuilding: 1 of 9 packages (0 s)\r\u001b[2Kbuilding: 2 of 9'))
  assert.equal(live.split('\n').length, 2)
  mock.timers.reset()
})

for (const [milliseconds, written] of [
  [400, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min 00 s'],
  [185_000, '3 min 05 s'],
] as const) {
  test(`${milliseconds} ms are written ${written}`, () => assert.equal(formatDuration(milliseconds), written))
}
