import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { PreviewReport } from '../../src/cli/preview.ts'
import { folder, invoke, policyText, type Invoked } from './invoke.ts'

const run = promisify(execFile)
let count = 0

/** A world to preview in: a repository's folder, a policy and an Application. */
export interface PreviewFolder {
  readonly directory: string
  /** Calls `preview` with the files of this folder, and more arguments. */
  readonly preview: (...args: readonly string[]) => Promise<Invoked>
  /** The same with `-o json`. */
  readonly report: (...args: readonly string[]) => Promise<PreviewReport & { readonly status: number | null }>
  readonly git: (...args: readonly string[]) => Promise<string>
  readonly remove: () => Promise<void>
}

/** An Application's source in the folder `web`. */
export const source = { repoURL: 'https://git.example.com/acme/config.git', path: 'web', targetRevision: 'main' }

/** Makes such a world. */
export async function previewFolder(
  spec: Partial<ImageUpdatePolicySpec>,
  files: Readonly<Record<string, string>>,
  application: object = { spec: { source } },
): Promise<PreviewFolder> {
  count += 1
  const { path, remove, write } = folder(`preview-${count}`)
  const directory = join(path, 'repository')
  const put = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  await mkdir(directory)
  for (const [name, text] of Object.entries(files)) await put(name, text)
  const app = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'web' }, ...application }
  const policy = await write('policy.json', policyText(spec))
  const given = ['-f', policy, '--application', await write('app.json', JSON.stringify(app)), '--directory', directory]
  const preview = (...args: readonly string[]) => invoke(['preview', ...given, ...args], { input: '1.3.0\n' })
  return {
    directory,
    preview,
    report: async (...args) => {
      const { status, out } = await preview(...args, '-o', 'json')
      return { ...(JSON.parse(out) as PreviewReport), status }
    },
    git: async (...args) => (await run('git', ['-C', directory, ...args])).stdout,
    remove,
  }
}
