import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimedName } from '../../../src/core/applications/conflicts.ts'
import { atOnce } from '../../../src/core/targets/file-work.ts'
import type { GitRepositories } from '../../../src/git/repositories.ts'
import { createGitMethod } from '../../../src/writeback/git.ts'
import type { LinkedTarget } from '../../../src/writeback/place.ts'
import { application } from '../../core/build-application.ts'
import { policySpec } from '../../core/build-policy.ts'
import { linkTo, storedPolicy } from '../../reconcile/build-run.ts'

/** The method on a repository whose `main` has these files in the Application's folder. */
function method(files: Readonly<Record<string, string>>) {
  const repositories: GitRepositories = {
    tip: () => Promise.resolve({ branch: 'main', tip: 'abc' }),
    read: (_access, _tip, paths) =>
      Promise.resolve(
        new Map(paths.map((path) => [path, { kind: 'text', text: files[path.slice(9)] ?? '', mode: '100644' }])),
      ),
    list: () => Promise.resolve(Object.keys(files).map((file) => `apps/web/${file}`)),
    standing: () => Promise.reject(new Error('there is no push branch')),
    recentMessages: () => Promise.resolve([]),
    submit: () => Promise.resolve({ kind: 'unchanged', revision: 'tip' }),
    close: () => Promise.resolve(),
  }
  const silent = () => undefined
  const secret = { namespace: 'argocd', name: 'git', type: '', labels: {}, annotations: {} }
  const data = { username: Buffer.from('u'), password: Buffer.from('p') }
  return createGitMethod({
    repositories,
    secrets: {
      get: () => Promise.resolve({ ...secret, data }),
      listRepositorySecrets: () => [],
      settled: Promise.resolve(),
      close: () => Promise.resolve(),
    },
    settings: { get: () => undefined },
    work: atOnce,
    applications: { get: () => undefined, requestRefresh: () => Promise.resolve() },
    projectOf: () => undefined,
    argocdNamespace: 'argocd',
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
}

interface Writer {
  readonly name: string
  readonly image: string
  readonly digest?: 'only'
}

/** A policy that writes to the folder's manifests. */
function policy({ name, image, digest }: Writer): LinkedTarget {
  const git = { secretRef: { name: 'git' }, target: 'manifests' } as const
  const spec = policySpec({ image, writeBack: { method: 'git', git, ...(digest === undefined ? {} : { digest }) } })
  const { target } = linkTo(application(), spec)
  return { ...(target as LinkedTarget), policy: storedPolicy({ name }).identity }
}

/** What both policies would write. */
async function shared(files: Readonly<Record<string, string>>, writers: readonly [Writer, Writer]) {
  const git = method(files)
  const [first, second] = await Promise.all(
    writers.map(async (writer) => {
      const linked = policy(writer)
      const { claims } = await git.observe(linked, { notBefore: 0 })
      return [...git.claims(linked), ...git.aliases(linked), ...claims]
    }),
  )
  return [...new Set(first?.filter((claim) => second?.includes(claim)).map(claimedName))]
}

const pod = (...images: readonly string[]) =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n${images.map((image) => `    - image: ${image}\n`).join('')}`
const web = { name: 'web', image: 'ghcr.io/acme/web' }
const api = { name: 'api', image: 'ghcr.io/acme/web' }
const marked = (policyName: string, part = '') => `{"$imagepolicy": "argocd:${policyName}${part}"}`

const rows: readonly [
  name: string,
  files: Readonly<Record<string, string>>,
  writers: [Writer, Writer],
  wanted: string[],
][] = [
  [
    'each marks places of its own, in one file',
    { 'a.yaml': pod(`ghcr.io/acme/web:1 # ${marked('web')}`, `ghcr.io/acme/web:1 # ${marked('api')}`) },
    [web, api],
    [],
  ],
  [
    'one by marker, the other by the image',
    { 'a.yaml': pod(`ghcr.io/acme/web:1 # ${marked('web')}`, 'ghcr.io/acme/web:1') },
    [web, { ...api, image: 'ghcr.io/acme/web' }],
    ['apps/web/a.yaml: spec.containers.1.image'],
  ],
  [
    'two images of one folder',
    { 'a.yaml': pod('ghcr.io/acme/web:1', 'ghcr.io/acme/api:1') },
    [web, { name: 'api', image: 'ghcr.io/acme/api' }],
    [],
  ],
  [
    'one image, in two spellings',
    { 'a.yaml': pod('nginx:1') },
    [
      { name: 'web', image: 'nginx' },
      { name: 'api', image: 'docker.io/library/nginx' },
    ],
    ['apps/web/a.yaml: spec.containers.0.image'],
  ],
  [
    'one image, in the second of two documents of the second file',
    { 'a.yaml': 'a: 1\n', 'b.yaml': `a: 1\n---\n${pod('ghcr.io/acme/web:1')}` },
    [web, api],
    ['apps/web/b.yaml: document 2: spec.containers.0.image'],
  ],
  [
    'a tag that is marked for one of them',
    {
      'a.yaml': `tag: 1 # ${marked('web', ':tag')}\nname: ghcr.io/acme/web # ${marked('api', ':name')}\ntag2: 1 # ${marked('api', ':tag')}\n`,
    },
    [web, api],
    [],
  ],
]
for (const [name, files, writers, wanted] of rows)
  test(`what two policies both write: ${name}`, async () => assert.deepEqual(await shared(files, writers), wanted))

test('a file of the folder that is named by one of them is the same file', async () => {
  const git = method({ 'a.yaml': pod('ghcr.io/acme/web:1') })
  const [whole, one] = [policy(web), policy(api)]
  const { spec } = one
  const file = {
    ...one,
    spec: {
      ...spec,
      writeBack: policySpec({
        writeBack: { method: 'git', git: { secretRef: { name: 'git' }, target: 'manifests', path: 'a.yaml' } },
      }).writeBack,
    },
  }
  const claims = await Promise.all(
    [whole, file].map(async (linked) => (await git.observe(linked, { notBefore: 0 })).claims),
  )
  assert.deepEqual(claims[0], claims[1])
})
