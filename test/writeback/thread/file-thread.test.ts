import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root } from '../../markdown.ts'

const file = join(root, 'src/writeback/thread/file-thread.ts')
/** Told to Node as a module to load before all others: at the end it tells what was loaded. */
const preload = `
  import { registerHooks } from 'node:module'
  const loaded = new Set()
  registerHooks({ load: (url, context, next) => (loaded.add(url), next(url, context)) })
  process.on('exit', () => process.stdout.write([...loaded].join('\\n')))
`

test('the thread loads the core, and of packages what the core reads YAML with', async () => {
  const args = ['--import', `data:text/javascript,${encodeURIComponent(preload)}`, file]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const loaded = stdout.split('\n').map((url) => url.replace(/^.*\/(src|node_modules)\//, '$1/'))
  const foreign = loaded.filter((path) => !/^(node:|src\/(core|api)\/|src\/errors|node_modules\/yaml\/)/.test(path))
  assert.deepEqual(foreign, ['src/writeback/thread/file-thread.ts'])
})
