import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kustomizationsNear, manifestWinner } from '../../../src/core/targets/manifest-winners.ts'
import { source } from '../build-application.ts'

const web = 'ghcr.io/acme/web'

interface Case {
  /** `images` of the kustomization that Argo CD renders. */
  readonly rendered?: readonly object[]
  readonly renderedAt?: string
  /** Files beside the manifest base/web/pod.yaml, and above it. */
  readonly near?: Readonly<Record<string, readonly object[]>>
  readonly own?: readonly string[]
  readonly folder?: string
  readonly override?: string
  /** How the manifests spell the image; undefined: where no kustomization reaches it. */
  readonly spelled?: readonly (string | undefined)[]
}

const inFile = (path: string) =>
  `images of ${path}, which wins over base/web/pod.yaml; take the entry out there, or write there: writeBack.git.target: kustomization, with path: /${path}`
const inApplication =
  'kustomize.images of the Application, which wins over base/web/pod.yaml; take the entry out there, or write there: writeBack.method: argocd, or git.target: override'
const inOverride = (path: string) =>
  `${path}, which wins over base/web/pod.yaml; take the entry out there, or write there: writeBack.git.target: override`
const prod = 'prod/kustomization.yaml'
const tagged = (name: string) => ({ name, newTag: '1.0.0' })

const rows: readonly [name: string, given: Case, winner: string | undefined][] = [
  ['nothing', {}, undefined],
  ['a tag for it', { rendered: [tagged(web)] }, inFile(prod)],
  ['a digest for it', { rendered: [{ name: web, digest: 'sha256:12' }] }, inFile(prod)],
  ['a tag that is a number', { rendered: [{ name: web, newTag: 7 }] }, inFile(prod)],
  ['another name, and the tag stays', { rendered: [{ name: web, newName: 'mirror/web' }] }, undefined],
  ['an entry without anything', { rendered: [{ name: web, newTag: '' }] }, undefined],
  ['a tag for another image', { rendered: [tagged('web'), tagged(`${web}2`), tagged('ghcr.io/acme/api')] }, undefined],
  ['a tag for the name that it is given', { rendered: [{ name: 'app', newName: web, newTag: '1' }] }, undefined],
  ['a tag for a renamed one', { rendered: [{ name: web, newName: 'mirror/web' }, tagged('mirror/web')] }, inFile(prod)],
  ['a tag for the name that it had', { rendered: [{ name: web, newName: 'mirror/web' }, tagged(web)] }, undefined],
  ['a tag for the image as it is spelled', { rendered: [tagged('nginx')], spelled: ['nginx'] }, inFile(prod)],
  [
    'a tag for the image as it is not spelled',
    { rendered: [tagged('nginx')], spelled: ['docker.io/library/nginx'] },
    undefined,
  ],
  ['a tag where no kustomization reaches', { rendered: [tagged(web)], spelled: [undefined] }, undefined],
  ['a tag for the second of two', { rendered: [tagged('nginx')], spelled: [web, 'nginx'] }, inFile(prod)],
  [
    'a tag in the folder of the manifest',
    { near: { 'base/web/kustomization.yml': [tagged(web)] } },
    inFile('base/web/kustomization.yml'),
  ],
  ['a tag in a folder above', { near: { 'base/Kustomization': [tagged(web)] } }, inFile('base/Kustomization')],
  ['a tag in the root', { near: { 'kustomization.yaml': [tagged(web)] } }, inFile('kustomization.yaml')],
  [
    'a tag above a nearer kustomization, which is another’s',
    { near: { 'base/web/kustomization.yaml': [], 'base/kustomization.yaml': [tagged(web)] } },
    undefined,
  ],
  [
    'a tag for the name that a base gives',
    {
      near: { 'base/kustomization.yaml': [{ name: web, newName: 'mirror/web' }] },
      rendered: [tagged(web), tagged('mirror/web')],
    },
    inFile(prod),
  ],
  [
    'of two tags the one that is set last',
    { near: { 'base/kustomization.yaml': [tagged(web)] }, rendered: [tagged(web)] },
    inFile(prod),
  ],
  [
    'entries that are applied once, also where what is rendered is near',
    {
      renderedAt: 'base/kustomization.yaml',
      near: { 'base/kustomization.yaml': [tagged('mirror/web'), { name: web, newName: 'mirror/web' }] },
    },
    undefined,
  ],
  ['an image of the Application', { own: [`${web}:1.0.0`] }, inApplication],
  ['an image of the Application by digest', { own: [`${web}@sha256:12`] }, inApplication],
  ['an image of the Application that renames and tags', { own: [`${web}=mirror/web:1`] }, inApplication],
  ['an image of the Application that only renames', { own: [`${web}=mirror/web`] }, undefined],
  [
    'an image of the Application at a registry with a port',
    { own: ['localhost:5000/web:1'], spelled: ['localhost:5000/web'] },
    inApplication,
  ],
  ['a name of the Application’s in place of a tag', { own: [`${web}=mirror/web`], rendered: [tagged(web)] }, undefined],
  [
    'an image of the Application by the name that the kustomization gives',
    { own: ['mirror/web:1'], rendered: [{ name: web, newName: 'mirror/web' }] },
    inApplication,
  ],
  [
    'an image of the Application by a name that the kustomization gives only afterwards, as they are sorted',
    { own: ['a/web:1'], rendered: [{ name: web, newName: 'a/web' }] },
    undefined,
  ],
  ['an image of the Application that keeps what nobody sets', { own: [`${web}=mirror/web:*`] }, undefined],
  [
    'an image of the Application that keeps the tag that the kustomization sets',
    { own: [`${web}=mirror/web:*`], rendered: [tagged(web)] },
    inFile(prod),
  ],
  [
    'an image of the Application that keeps the name that the kustomization gives',
    { own: [`${web}=*`, 'mirror/web:1'], rendered: [{ name: web, newName: 'mirror/web' }] },
    inApplication,
  ],
  ['another image of the Application', { own: ['ghcr.io/acme/api:1'] }, undefined],
  ['an override file', { override: `kustomize: {images: ["${web}:1"]}` }, inOverride('prod/.argocd-source-web.yaml')],
  [
    'a folder-wide override file',
    { folder: `kustomize: {images: ["${web}:1"]}` },
    inOverride('prod/.argocd-source.yaml'),
  ],
  ['a list that an override file replaces', { own: [`${web}:1`], override: 'kustomize: {images: ["a:1"]}' }, undefined],
]
for (const [name, given, winner] of rows)
  test(`over manifests wins: ${name}`, () => {
    const { rendered = [], renderedAt = prod, near = {}, own, folder, override, spelled = [web] } = given
    const sites = spelled.map((kustomizeName) => ({ path: 'base/web/pod.yaml', at: 'spec', kustomizeName }))
    const said = manifestWinner(sites, {
      source: source({ kustomize: { images: own } }),
      folderOverride: { path: 'prod/.argocd-source.yaml', text: folder },
      override: { path: 'prod/.argocd-source-web.yaml', text: override },
      rendered: { path: renderedAt, text: JSON.stringify({ images: near[renderedAt] ?? rendered }) },
      near: Object.entries(near).map(([path, images]) => ({ path, text: JSON.stringify({ images }) })),
    })
    const of = spelled.findLast((one) => one !== undefined)
    assert.equal(said, winner === undefined ? undefined : `${of} is set by ${winner}`)
  })

test('of which kustomization a manifest is a part is asked from its folder upwards', () => {
  assert.deepEqual(kustomizationsNear('base/web/pod.yaml'), [
    'base/web/kustomization.yaml',
    'base/web/kustomization.yml',
    'base/web/Kustomization',
    'base/kustomization.yaml',
    'base/kustomization.yml',
    'base/Kustomization',
    'kustomization.yaml',
    'kustomization.yml',
    'Kustomization',
  ])
  assert.deepEqual(kustomizationsNear('pod.yaml'), ['kustomization.yaml', 'kustomization.yml', 'Kustomization'])
})
