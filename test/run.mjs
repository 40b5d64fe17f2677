// The start of `npm test`, `npm run demo` and `npm run bench`. Node 18 and newer run this file: it installs what
// package-lock.json names when that is needed, then goes on under the Node 24 that the project brings.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const binaries = join(root, 'node_modules', '.bin')
const scripts = {
  test: ['test/all.ts'],
  demo: ['test/demo/main.ts'],
  bench: ['test/bench/main.ts'],
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.image-update-operator')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing the packages that package-lock.json names (npm ci) …')
  // npm itself runs on the Node that is here; its engine warnings are about that one, not about the one we bring.
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) process.exit(status ?? 1)
  writeFileSync(stamp, wanted)
}

/** The project's own Node, else this one where it is new enough. */
function node24() {
  const own = join(binaries, 'node')
  if (existsSync(own) && spawnSync(own, ['--version']).status === 0) return own
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath
  console.error(
    `No Node for ${process.platform} ${process.arch} comes with the project: run this with Node 22.19 or newer`,
  )
  return process.exit(1)
}

const [command = '', ...rest] = process.argv.slice(2)
const script = scripts[command]
if (script === undefined) {
  console.error(`${JSON.stringify(command)} is none of ${Object.keys(scripts).join(', ')}`)
  process.exit(2)
}
install()
const child = spawn(node24(), [...script, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}` },
})
// A terminal sends Ctrl-C to the child as well: the child ends in its own way, and this process after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
