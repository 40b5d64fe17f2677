import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { root } from '../markdown.ts'
import { temporaryFolder } from '../servers/guard.ts'

/** What a command printed, and its exit status. */
export interface Invoked {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

/** How a command is called; nothing of this process's environment reaches it. */
export interface Call {
  readonly input?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly node?: readonly string[]
}

/** Calls the program as a person does, as a process of its own. */
export async function invoke(args: readonly string[], call: Call = {}): Promise<Invoked> {
  const child = spawn(process.execPath, [...(call.node ?? []), join(root, 'src/main.ts'), ...args], {
    cwd: root,
    env: { HOME: '/nowhere', ...call.environment },
    timeout: 60_000,
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(call.input ?? '')
  const status = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { status: await status, out, err }
}

/** A folder for files to call with; the functions answer with the path. */
export function folder(name: string) {
  const { path, remove } = temporaryFolder(name)
  const write = async (file: string, content: string): Promise<string> => {
    await writeFile(join(path, file), content)
    return join(path, file)
  }
  return { path, remove, write }
}

/** A policy as a file has it: `semver` for `ghcr.io/acme/web` unless said otherwise. */
export function policyText(spec: Partial<ImageUpdatePolicySpec> = {}): string {
  return JSON.stringify({
    apiVersion: 'imageupdate.dev/v1alpha1',
    kind: 'ImageUpdatePolicy',
    metadata: { name: 'web', namespace: 'argocd' },
    spec: { image: 'ghcr.io/acme/web', strategy: 'semver', applications: [{ name: 'web' }], ...spec },
  })
}
