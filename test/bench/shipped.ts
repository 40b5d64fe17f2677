import { execFile } from 'node:child_process'
import { copyFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../markdown.ts'
import { temporaryFolder } from '../servers/guard.ts'

/** The operator as the container image has it: to run the source takes more memory, for Node's compiler of it. */
export interface Shipped {
  /** What Node is to run. */
  readonly main: string
  readonly remove: () => Promise<void>
}

/** Compiles it into a folder of its own. */
export async function buildShipped(): Promise<Shipped> {
  const folder = temporaryFolder('shipped')
  const compiler = join(root, 'node_modules', '.bin', 'tsc')
  await promisify(execFile)(compiler, ['-p', 'tsconfig.json', '--outDir', join(folder.path, 'dist')], { cwd: root })
  await copyFile(join(root, 'package.json'), join(folder.path, 'package.json'))
  await symlink(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  return { main: join(folder.path, 'dist', 'main.js'), remove: () => folder.remove() }
}
