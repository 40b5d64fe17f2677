import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unreadable } from '../../src/core/targets/file-state.ts'
import { atOnce } from '../../src/core/targets/file-work.ts'
import { overrideEdit, overrideReads, readOverride } from '../../src/core/targets/override-file.ts'
import type { GitAccess } from '../../src/git/access.ts'
import { createGitRepositories, type GitRepositories } from '../../src/git/repositories.ts'
import { createGuardPool } from '../../src/http/guard-pool.ts'
import { textEdit } from '../../src/writeback/text-edit.ts'
import { plainTexts } from '../../src/writeback/targets/texts.ts'
import { placeOf, type App } from './git-places.ts'
import { closeLarge, updateLarge } from './large-file.ts'

interface Opened {
  readonly git: GitRepositories
  readonly close: () => Promise<void>
}

type Values = readonly (string | undefined)[]

let opened: Opened | undefined
const decidedUpon = new Map<string, Values>()

/** What is run in a process of its own, with the operator's own settings. */
export const tasks = {
  async open(): Promise<void> {
    opened = await open()
  },
  /** Looks at what is desired for these Applications, as policies do before they decide. */
  async look(url: string, apps: readonly App[]): Promise<number> {
    const notBefore = Date.now()
    await Promise.all(apps.map((app) => look(url, app, notBefore)))
    return decidedUpon.size
  },
  /** Submits an edit for each; answers the number of commits that they came into. */
  async write(url: string, apps: readonly App[], to: string): Promise<number> {
    const revisions = await Promise.all(apps.map((app) => write(url, app, to)))
    return new Set(revisions).size
  },
  /** Changes a file of a megabyte; answers the longest block of the event loop meanwhile, in ms. */
  async large(url: string, to: string): Promise<number> {
    return await updateLarge(current().git, accessOf(url), to)
  },
  async close(): Promise<void> {
    await closeLarge()
    await opened?.close()
  },
}

async function look(url: string, app: App, notBefore: number): Promise<void> {
  const { git } = current()
  const place = placeOf(app)
  const access = accessOf(url)
  const { tip } = await git.tip(access, undefined, { notBefore })
  const state = readOverride(place, plainTexts(await git.read(access, tip, overrideReads(place))))
  if (state.kind === 'failed') throw unreadable(state)
  decidedUpon.set(place.path, state.values)
}

async function write(url: string, app: App, to: string): Promise<string> {
  const place = placeOf(app)
  const values = decidedUpon.get(place.path)
  if (values === undefined) throw new Error(`${place.path} was not looked at`)
  const result = await current().git.submit(accessOf(url), 'main', {
    edit: textEdit(overrideEdit(place, { to, decidedUpon: { values } }), atOnce),
    change: {
      policy: place.policy,
      application: { namespace: 'argocd', name: app.name },
      image: place.target.image.written,
      from: values.at(0),
      to,
      carried: [],
    },
    message: undefined,
  })
  if (result.kind !== 'pushed') throw new Error(`${place.path}: ${result.kind}`)
  return result.revision
}

async function open(): Promise<Opened> {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'image-update-operator-bench-'))
  const guards = createGuardPool({ allowed: ['127.0.0.1'], flag: '--allowed-git-hosts' })
  const git = createGitRepositories({
    guards,
    cacheFolder,
    commitWindow: 1_000,
    settled: () => Promise.resolve(),
    author: { name: 'image-update-operator', email: 'image-update-operator@users.noreply.invalid' },
    now: Date.now,
    random: Math.random,
  })
  const close = async (): Promise<void> => {
    await git.close()
    await guards.close()
    await rm(cacheFolder, { recursive: true, force: true })
  }
  return { git, close }
}

function current(): Opened {
  if (opened === undefined) throw new Error('open comes first')
  return opened
}

function accessOf(url: string): GitAccess {
  return { url, credential: undefined, credentialId: 'none', insecure: false }
}
