import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Change } from '../../src/core/change.ts'
import type { EditResult, Files } from '../../src/core/targets/edit.ts'
import type { Template } from '../../src/core/git/template.ts'
import type { GitAccess } from '../../src/git/access.ts'
import type { LaneEdit, TextEdit } from '../../src/git/lanes/plan-commits.ts'
import { createGitRepositories, type GitRepositories, type GitRepositoriesOptions } from '../../src/git/repositories.ts'
import { createGuardPool } from '../../src/http/guard-pool.ts'
import { startSshd, type Sshd, type SshdOptions } from '../servers/sshd.ts'
import { startGitServer, type GitServer, type GitServerOptions } from '../servers/git-server.ts'

/** A git server and the repositories under test that talk to it. Both end with the test file. */
export async function startGitWorld(
  options: GitServerOptions & { readonly git?: Partial<GitRepositoriesOptions> } = {},
): Promise<{
  server: GitServer
  git: GitRepositories
  access: (name: string, change?: Partial<GitAccess>) => GitAccess
}> {
  const server = await startGitServer(options)
  const git = openGit(options.git)
  after(async () => {
    await git.close()
    await server.stop()
  })
  return { server, git, access: (name, change = {}) => ({ ...openAccess(server.repositoryUrl(name)), ...change }) }
}

/** An SSH server and the repositories under test that talk to it. Both end with the test file. */
export async function startSshWorld(
  options: SshdOptions & { readonly git?: Partial<GitRepositoriesOptions> } = {},
): Promise<{
  server: Sshd
  git: GitRepositories
  access: (name: string, change?: Partial<GitAccess>) => GitAccess
}> {
  const server = await startSshd(options)
  const git = openGit(options.git)
  after(async () => {
    await git.close()
    await server.stop()
  })
  const credential = { kind: 'sshKey', privateKey: server.clientKeys.ed25519.privateKey, passphrase: '' } as const
  const knownHosts = { text: server.knownHosts, from: 'ConfigMap argocd/argocd-ssh-known-hosts-cm' }
  const access = (name: string, change: Partial<GitAccess> = {}) => ({
    ...openAccess(server.repositoryUrl(name)),
    credential,
    knownHosts,
    credentialId: 'key',
    ...change,
  })
  return { server, git, access }
}

/** Repositories of which every one has settled at once. */
export function openGit(options: Partial<GitRepositoriesOptions> = {}): GitRepositories {
  const cacheFolder = mkdtempSync(join(tmpdir(), 'git-cache-'))
  const guards = createGuardPool({ allowed: ['127.0.0.1', 'localhost'], flag: '--allowed-git-hosts' })
  after(async () => {
    await guards.close()
    rmSync(cacheFolder, { recursive: true, force: true })
  })
  return createGitRepositories({
    guards,
    cacheFolder,
    commitWindow: 1_000,
    settled: () => Promise.resolve(),
    author: { name: 'image-update-operator', email: 'image-update-operator@noreply.invalid' },
    now: Date.now,
    random: Math.random,
    ...options,
  })
}

/** Access without credentials. */
export function openAccess(url: string): GitAccess {
  return { url, credential: undefined, credentialId: 'none', insecure: false }
}

/** Sets the only line of a file, `tag: <value>`; where `from` is given it must be the value that stands there. */
export function setTag(
  path: string,
  to: string,
  options: { readonly from?: string; readonly message?: Template; readonly application?: string } = {},
): LaneEdit {
  const { from, message, application = 'web' } = options
  const text = `tag: ${to}\n`
  const edit: TextEdit = {
    path,
    reads: [],
    async apply(files): Promise<EditResult> {
      const now = files.get(path)
      if (now === text) return { kind: 'unchanged' }
      if (from !== undefined && now !== `tag: ${from}\n`) return { kind: 'moved' }
      return { kind: 'edited', text, carried: [] }
    },
  }
  return { edit, change: changeOf(application, to), message }
}

/** A change of Application `argocd/<name>`. */
export function changeOf(name: string, to: string): Change {
  return {
    policy: 'argocd/policy',
    application: { namespace: 'argocd', name },
    image: 'example.com/web',
    from: undefined,
    to,
    carried: [],
  }
}

/** Texts at a commit; undefined: nothing, or nothing that is read. */
export async function textsOf(
  git: Pick<GitRepositories, 'read'>,
  from: GitAccess,
  tip: string,
  paths: readonly string[],
): Promise<Files> {
  const found = await git.read(from, tip, paths)
  return new Map([...found].map(([path, file]) => [path, file.kind === 'text' ? file.text : undefined]))
}
