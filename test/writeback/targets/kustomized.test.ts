import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reasons } from '../../../src/api/conditions.ts'
import type { Application } from '../../../src/core/applications/application.ts'
import { atOnce } from '../../../src/core/targets/file-work.ts'
import { atInterval, backoff, ReconcileError } from '../../../src/errors.ts'
import type { Look } from '../../../src/writeback/git-target.ts'
import type { LinkedTarget } from '../../../src/writeback/place.ts'
import { createManifestsTarget } from '../../../src/writeback/targets/manifests.ts'
import { application, source } from '../../core/build-application.ts'
import { policySpec } from '../../core/build-policy.ts'
import { linkTo } from '../../reconcile/build-run.ts'

const own = 'https://git.example.com/acme/config.git'
const lent = 'https://git.example.com/acme/bases.git'
const pod = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "ghcr.io/acme/web:1.0.0"}]}\n'
const plain = 'resources: [pod.yaml]\n'
const tagged = 'images: [{name: ghcr.io/acme/web, newTag: 1.0.0}]\n'

type Files = Readonly<Record<string, string | ReconcileError>>

/** Files by `repository path`. An error stands for a repository that can't be looked at. */
function lookAt(files: Files): Look {
  return {
    spot: ({ repository, revision, path }) => {
      const found = files[`${repository} ${path}`]
      if (found instanceof ReconcileError) return Promise.reject(found)
      const access = { url: repository, credential: undefined, credentialId: '', insecure: false }
      return Promise.resolve({ access, branch: revision ?? 'main', tip: 'abc', head: undefined, isLent: false })
    },
    list: ({ access }, folder) => {
      const below = Object.keys(files).filter((key) => key.startsWith(`${access.url} ${folder}/`))
      return Promise.resolve(below.map((key) => key.slice(access.url.length + 1)))
    },
    texts: ({ access }, paths) =>
      Promise.resolve(
        new Map(
          paths.map((path) => {
            const text = files[`${access.url} ${path}`]
            return [path, typeof text === 'string' ? { kind: 'text', text, mode: '100644' } : { kind: 'absent' }]
          }),
        ),
      ),
  }
}

interface Case {
  readonly sourceType?: string
  readonly app?: Partial<Application>
  readonly git?: { readonly path?: string; readonly repository?: string }
}

async function find(files: Files, { sourceType = 'Kustomize', app, git }: Case = {}): Promise<string> {
  const writeBack = { method: 'git', git: { target: 'manifests', ...git } } as const
  const { target } = linkTo(application(app), policySpec({ writeBack }))
  const linked = target as LinkedTarget
  const chosen = { ...linked.chosen, tool: 'kustomize', sourceType } as const
  const manifests = createManifestsTarget({ argocdNamespace: 'argocd', work: atOnce })
  const found = await manifests.find({ ...linked, chosen }, lookAt(files))
  return found.paths.join()
}

const inFolder = { [`${own} apps/web/pod.yaml`]: pod }
const dry = (...sourceTypes: string[]) => ({ hydrated: true, sourceTypes })

const refusals: readonly [name: string, files: Files, given: Case, says: RegExp][] = [
  [
    'the kustomization of the folder',
    { ...inFolder, [`${own} apps/web/kustomization.yml`]: tagged },
    {},
    /is set by images of apps\/web\/kustomization\.yml, which wins over apps\/web\/pod\.yaml/,
  ],
  [
    'the kustomization of the Application, where the manifests stand elsewhere',
    { [`${own} base/pod.yaml`]: pod, [`${own} base/Kustomization`]: plain, [`${own} apps/web/Kustomization`]: tagged },
    { git: { path: '/base' } },
    /is set by images of apps\/web\/Kustomization, which wins over base\/pod\.yaml/,
  ],
  [
    'a kustomization above the folder that the policy names',
    { [`${own} base/pods/pod.yaml`]: pod, [`${own} base/Kustomization`]: tagged },
    { git: { path: '/base/pods' } },
    /is set by images of base\/Kustomization, which wins over base\/pods\/pod\.yaml/,
  ],
  [
    'the kustomization of another repository, that the Application renders',
    { [`${lent} base/pod.yaml`]: pod, [`${own} apps/web/kustomization.yaml`]: tagged },
    { git: { path: '/base', repository: lent } },
    /is set by images of apps\/web\/kustomization\.yaml, which wins over base\/pod\.yaml/,
  ],
  [
    'the Application',
    { ...inFolder, [`${own} apps/web/kustomization.yaml`]: plain },
    { app: { sources: [source({ kustomize: { images: ['ghcr.io/acme/web:1.0.0'] } })] } },
    /is set by kustomize\.images of the Application, which wins over apps\/web\/pod\.yaml/,
  ],
  [
    'an override file',
    {
      ...inFolder,
      [`${own} apps/web/kustomization.yaml`]: plain,
      [`${own} apps/web/.argocd-source-web.yaml`]: 'kustomize: {images: ["ghcr.io/acme/web:1.0.0"]}\n',
    },
    {},
    /is set by apps\/web\/\.argocd-source-web\.yaml, which wins over apps\/web\/pod\.yaml/,
  ],
  [
    'the kustomization of a dry source of which nobody tells the type',
    { ...inFolder, [`${own} apps/web/kustomization.yaml`]: tagged },
    { sourceType: 'Directory', app: dry('') },
    /is set by images of apps\/web\/kustomization\.yaml/,
  ],
]
for (const [name, files, given, message] of refusals)
  test(`manifests are not written where this sets the tag: ${name}`, async () => {
    await assert.rejects(find(files, given), { reason: 'TargetUnsupported', message })
  })

const writes: readonly [name: string, files: Files, given: Case, paths: string][] = [
  ['nothing sets the image', { ...inFolder, [`${own} apps/web/kustomization.yaml`]: plain }, {}, 'apps/web/pod.yaml'],
  [
    'the source is no kustomization',
    { ...inFolder, [`${own} apps/web/kustomization.yaml`]: tagged },
    { sourceType: 'Directory' },
    'apps/web/pod.yaml',
  ],
  [
    'a dry source names another type',
    { ...inFolder, [`${own} apps/web/kustomization.yaml`]: tagged },
    { sourceType: 'Directory', app: dry('Directory') },
    'apps/web/pod.yaml',
  ],
  [
    'a dry source has no kustomization, and only one above it is another’s',
    { ...inFolder, [`${own} kustomization.yaml`]: tagged },
    { sourceType: 'Directory', app: dry('') },
    'apps/web/pod.yaml',
  ],
  [
    'what the Application renders may not be looked at',
    {
      [`${lent} base/pod.yaml`]: pod,
      [`${own} apps/web/kustomization.yaml`]: new ReconcileError(reasons.gitAuthFailed, 'no', { retry: atInterval }),
    },
    { git: { path: '/base', repository: lent } },
    'base/pod.yaml',
  ],
]
for (const [name, files, given, paths] of writes)
  test(`manifests are written where ${name}`, async () => assert.equal(await find(files, given), paths))

test('a repository that is out of reach for the moment is waited for', async () => {
  const away = new ReconcileError(reasons.gitUnavailable, 'away', { retry: backoff })
  const files = { [`${lent} base/pod.yaml`]: pod, [`${own} apps/web/kustomization.yaml`]: away }
  await assert.rejects(find(files, { git: { path: '/base', repository: lent } }), { reason: 'GitUnavailable' })
})
