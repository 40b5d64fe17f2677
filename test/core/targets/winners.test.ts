import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApplicationSource } from '../../../src/core/applications/application.ts'
import { imageWinnerOver, winnerOver } from '../../../src/core/targets/winners.ts'
import { source } from '../build-application.ts'

interface Case {
  readonly helm?: Partial<NonNullable<ApplicationSource['helm']>>
  readonly folder?: string
  readonly own?: string
  readonly later?: readonly string[]
}

const parameters = (...names: string[]) => names.map((name) => ({ name, value: '1' }))
const list = (...names: string[]) => JSON.stringify({ helm: { parameters: parameters(...names) } })

const rows: readonly [name: string, given: Case, winner: string | undefined][] = [
  ['nothing', {}, undefined],
  ['other parameters', { helm: { parameters: parameters('image.name', 'image.tagged', 'tag') } }, undefined],
  ['a parameter', { helm: { parameters: parameters('image.tag') } }, 'helm.parameters of the Application'],
  ['a parameter above it', { helm: { parameters: parameters('image') } }, 'helm.parameters of the Application'],
  ['a parameter from a file', { helm: { fileParameters: ['image.tag'] } }, 'helm.fileParameters of the Application'],
  ['values', { helm: { values: 'image: {tag: x}' } }, 'helm.values or helm.valuesObject of the Application'],
  [
    'values as an object',
    { helm: { values: '{"image":{"tag":"x"}}' } },
    'helm.values or helm.valuesObject of the Application',
  ],
  [
    'values that put a text in place of the map',
    { helm: { values: 'image: x' } },
    'helm.values or helm.valuesObject of the Application',
  ],
  ['values of another key', { helm: { values: 'image: {name: x}' } }, undefined],
  ['values that are no YAML', { helm: { values: 'image: {' } }, undefined],
  ['a later values file', { later: ['a: 1', 'image: {tag: x}', 'b: 1'] }, 'later-1.yaml'],
  ['an override file', { own: list('image.tag') }, '.argocd-source-web.yaml'],
  ['a folder-wide override file', { folder: list('image.tag') }, '.argocd-source.yaml'],
  [
    'a folder-wide list that the Application’s own file replaces',
    { folder: list('image.tag'), own: list('x') },
    undefined,
  ],
  [
    'a list of the spec that a file replaces',
    { helm: { parameters: parameters('image.tag') }, own: list('x') },
    undefined,
  ],
  ['values in an override file', { own: 'helm: {valuesObject: {image: {tag: x}}}' }, '.argocd-source-web.yaml'],
  [
    'values as text in an override file',
    { folder: 'helm:\n  values: |\n    image: {tag: x}\n' },
    '.argocd-source.yaml',
  ],
  ['a broken override file', { own: 'helm: {' }, undefined],
]
for (const [name, { helm, folder, own, later = [] }, winner] of rows)
  test(`over values.yaml wins: ${name}`, () => {
    const said = winnerOver('web/values.yaml', ['other', 'image.tag'], {
      source: source({ helm: { parameters: undefined, valueFiles: [], ...helm } }),
      folderOverride: { path: '.argocd-source.yaml', text: folder },
      override: { path: '.argocd-source-web.yaml', text: own },
      later: later.map((text, nth) => ({ path: `later-${nth}.yaml`, text })),
    })
    const sentence = `image.tag is set by ${winner}, which wins over web/values.yaml; take it out there, or write there by another target`
    assert.equal(said, winner === undefined ? undefined : sentence)
  })

const web = 'ghcr.io/acme/web'
const imageRows: readonly [
  name: string,
  images: readonly string[] | undefined,
  own: string | undefined,
  winner: string | undefined,
][] = [
  ['nothing', undefined, undefined, undefined],
  ['other images', [`${web}2:1`, 'web:1'], undefined, undefined],
  ['the Application’s own', [`${web}:1`], undefined, 'kustomize.images of the Application'],
  ['one that renames it', [`${web}=other:1`], undefined, 'kustomize.images of the Application'],
  ['an override file', undefined, `kustomize: {images: ["${web}@sha256:12"]}`, '.argocd-source-web.yaml'],
  ['a list that an override file replaces', [`${web}:1`], 'kustomize: {images: ["a:1"]}', undefined],
]
for (const [name, images, own, winner] of imageRows)
  test(`over a kustomization wins: ${name}`, () => {
    const said = imageWinnerOver('web/kustomization.yaml', web, {
      source: source({ kustomize: { images } }),
      folderOverride: { path: '.argocd-source.yaml', text: undefined },
      override: { path: '.argocd-source-web.yaml', text: own },
    })
    const sentence = `${web} is set by ${winner}, which wins over web/kustomization.yaml; take it out there, or write there by another target`
    assert.equal(said, winner === undefined ? undefined : sentence)
  })
