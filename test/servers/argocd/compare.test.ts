import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Application, Source } from './application.ts'
import { compareFiles, type Comparison } from './compare.ts'

const digest = `sha256:${'a'.repeat(64)}`

const deployment = (image: string, replicas = '1') =>
  `apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: ${replicas}\n  template: {spec: {containers: [{image: ${image}}]}}\n`

const chart = {
  'web/Chart.yaml': 'name: web\nversion: 1.0.0\nappVersion: "9"\n',
  'web/values.yaml': 'replicaCount: 1\nimage: {repository: r/web, tag: "1.0"}\n',
  'web/values-prod.yaml': 'image: {tag: "2.0"}\n',
  'web/templates/_helpers.tpl': '{{ define "x" }}',
  'web/templates/deployment.yaml': deployment(
    '{{ .Values.image.repository }}:{{ .Values.image.tag }}',
    '{{ .Values.replicaCount }}',
  ),
  'shared.yaml': 'image: {tag: "3.0"}\n',
}
const base = {
  'web/kustomization.yaml': 'resources: [../base]\nimages: [{name: r/web, newTag: "2.0"}]\n',
  'base/kustomization.yaml': 'resources: [deployment.yaml]\n',
  'base/deployment.yaml': deployment('r/web:1.0'),
}

const source = (rest: Partial<Source> = {}): Source => ({
  repoURL: 'https://git.example.com/c.git',
  path: 'web',
  targetRevision: 'main',
  ...rest,
})

const application = (spec: { source?: Source; sources?: readonly Source[] }, namespace = 'argocd'): Application => ({
  metadata: { name: 'web', namespace },
  spec: { project: 'default', destination: {}, ...spec },
})

const checkout = (files: Record<string, string>) => ({ revision: 'c0ffee', files: new Map(Object.entries(files)) })

const told = (comparison: Comparison) =>
  comparison.kind === 'compared' ? comparison.images.join(' ') : comparison.message.replace(/.*desc = /, '')

const tag = (value: string, forceString = true) => ({ parameters: [{ name: 'image.tag', value, forceString }] })

/** A sentence, the files, the source beside repoURL, path and targetRevision, and the images of the Pods. */
type Row = readonly [sentence: string, files: Record<string, string>, source: Partial<Source>, images: string]

const helm: readonly Row[] = [
  ['a chart has its own values', chart, {}, 'r/web:1.0'],
  ['values files are merged over them', chart, { helm: { valueFiles: ['values-prod.yaml'] } }, 'r/web:2.0'],
  ['the last values file wins', chart, { helm: { valueFiles: ['values-prod.yaml', '../shared.yaml'] } }, 'r/web:3.0'],
  ['a values file from the root of the repository', chart, { helm: { valueFiles: ['/shared.yaml'] } }, 'r/web:3.0'],
  [
    'a missing values file may be ignored',
    chart,
    { helm: { valueFiles: ['no.yaml'], ignoreMissingValueFiles: true } },
    'r/web:1.0',
  ],
  [
    'values come after values files',
    chart,
    { helm: { valueFiles: ['values-prod.yaml'], values: 'image: {tag: "4"}' } },
    'r/web:4',
  ],
  [
    'valuesObject takes the place of values',
    chart,
    { helm: { values: 'image: {tag: "4"}', valuesObject: { image: { tag: '5' } } } },
    'r/web:5',
  ],
  [
    'parameters win over valuesObject',
    chart,
    { helm: { ...tag('6'), valuesObject: { image: { tag: '5' } } } },
    'r/web:6',
  ],
  [
    'the last of two parameters of a name wins',
    chart,
    { helm: { parameters: [...tag('6').parameters, ...tag('7').parameters] } },
    'r/web:7',
  ],
  ['a tag of digits is a number without forceString', chart, { helm: tag('7', false) }, 'r/web:7'],
  ['a tag pinned by digest', chart, { helm: tag(`1.2@${digest}`) }, `r/web:1.2@${digest}`],
  [
    'a workload without replicas has no Pods',
    chart,
    { helm: { parameters: [{ name: 'replicaCount', value: '0' }] } },
    '',
  ],
  [
    'a parameter that the chart does not use does nothing',
    chart,
    { helm: { parameters: [{ name: 'imagetag', value: '9' }] } },
    'r/web:1.0',
  ],
]

const kustomize: readonly Row[] = [
  ['a kustomization sets the images of its base', base, {}, 'r/web:2.0'],
  ['NAME:TAG', base, { kustomize: { images: ['r/web:3.0'] } }, 'r/web:3.0'],
  ['NAME=NEW:TAG', base, { kustomize: { images: ['r/web=host:5000/n:3.0'] } }, 'host:5000/n:3.0'],
  ['NAME@DIGEST', base, { kustomize: { images: [`r/web@${digest}`] } }, `r/web@${digest}`],
  ['NAME:TAG@DIGEST', base, { kustomize: { images: [`r/web:3.0@${digest}`] } }, `r/web:3.0@${digest}`],
  ['a name that no manifest has does nothing', base, { kustomize: { images: ['web:3.0'] } }, 'r/web:2.0'],
]

const directory: readonly Row[] = [
  [
    'a plain folder is taken as it stands',
    { 'web/d.yaml': deployment('r/web:1.0'), 'web/sub/e.yaml': deployment('r/e:1') },
    {},
    'r/web:1.0',
  ],
  [
    'with what is below it if asked',
    { 'web/d.yaml': deployment('r/web:1.0'), 'web/sub/e.yaml': deployment('r/e:1') },
    { directory: { recurse: true } },
    'r/e:1 r/web:1.0',
  ],
]

const override = (text: string, files: Record<string, string> = chart, name = '.argocd-source-web.yaml') => ({
  ...files,
  [`web/${name}`]: text,
})
const setTo = (value: string) => `helm: {parameters: [{name: image.tag, value: "${value}", forcestring: true}]}`

const overrides: readonly Row[] = [
  ['an override sets a parameter', override(setTo('8')), {}, 'r/web:8'],
  ['and wins over the spec', override(setTo('8')), { helm: tag('6') }, 'r/web:8'],
  [
    'its list replaces the spec’s list',
    override(setTo('8')),
    { helm: { parameters: [{ name: 'replicaCount', value: '0' }] } },
    'r/web:8',
  ],
  [
    'what it does not name stays',
    override(setTo('8')),
    { helm: { valuesObject: { image: { repository: 'r/other' } } } },
    'r/other:8',
  ],
  [
    'everybody’s is merged first',
    override(setTo('8'), override(setTo('7'), chart, '.argocd-source.yaml')),
    {},
    'r/web:8',
  ],
  ['everybody’s alone', override(setTo('7'), chart, '.argocd-source.yaml'), {}, 'r/web:7'],
  ['{} changes nothing', override('{}'), {}, 'r/web:1.0'],
  ['another Application’s is not read', override(setTo('8'), chart, '.argocd-source-other.yaml'), {}, 'r/web:1.0'],
  ['.yml is not read', override(setTo('8'), chart, '.argocd-source-web.yml'), {}, 'r/web:1.0'],
  [
    'the name with a namespace is not read in Argo CD’s own',
    override(setTo('8'), chart, '.argocd-source-argocd_web.yaml'),
    {},
    'r/web:1.0',
  ],
  ['one in the root is not read', { ...chart, '.argocd-source-web.yaml': setTo('8') }, {}, 'r/web:1.0'],
  [
    'repoURL, path, targetRevision and chart in it are ignored',
    override(`path: elsewhere\nchart: c\nrepoURL: u\n${setTo('8')}`),
    {},
    'r/web:8',
  ],
  [
    'a kustomization’s images',
    override('kustomize: {images: ["r/web:8"]}', base),
    { kustomize: { images: ['r/web:3'] } },
    'r/web:8',
  ],
]

const errors: readonly Row[] = [
  ['an empty override', override(''), {}, 'web/.argocd-source-web.yaml: Invalid JSON Patch'],
  ['an override of comments', override('# nothing\n'), {}, 'web/.argocd-source-web.yaml: Invalid JSON Patch'],
  [
    'an override that is no YAML',
    override('helm: ['),
    {},
    'web/.argocd-source-web.yaml: error converting YAML to JSON',
  ],
  [
    'a value that is a number',
    override('helm: {parameters: [{name: image.tag, value: 7}]}'),
    {},
    'json: cannot unmarshal number into Go struct field HelmParameter.helm.parameters.value of type string',
  ],
  [
    'helm on a kustomization',
    base,
    { helm: tag('6') },
    'failed to execute helm template command: Error: Chart.yaml file is missing',
  ],
  [
    'kustomize on a chart',
    chart,
    { kustomize: { images: ['r/web:3'] } },
    "Error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory 'web'",
  ],
  [
    'both at once',
    chart,
    { helm: tag('6'), kustomize: { images: ['r/web:3'] } },
    'multiple application sources defined: Kustomize,Helm',
  ],
  [
    'helm on a plain folder',
    { 'web/d.yaml': deployment('r/web:1') },
    { helm: tag('6') },
    'failed to execute helm template command: Error: Chart.yaml file is missing',
  ],
  [
    'a missing values file',
    chart,
    { helm: { valueFiles: ['no.yaml'] } },
    'failed to execute helm template command: Error: open no.yaml: no such file or directory',
  ],
  ['a folder that is not there', chart, { path: 'nowhere' }, 'nowhere: app path does not exist'],
  [
    'a template beyond the stand-in',
    { ...chart, 'web/templates/x.yaml': 'a: {{ include "x" . }}' },
    {},
    'the stand-in for Argo CD can\'t render {{ include "x" . }}',
  ],
]

const suites = { helm, kustomize, directory, overrides, errors }
for (const [name, rows] of Object.entries(suites)) {
  describe(name, () => {
    for (const [sentence, files, rest, images] of rows) {
      test(sentence, () =>
        assert.equal(told(compareFiles(application({ source: source(rest) }), 'argocd', [checkout(files)])), images),
      )
    }
  })
}

describe('an Application outside Argo CD’s namespace', () => {
  test('has its namespace in the override’s name, and only that is read', () => {
    const files = override(setTo('8'), override(setTo('7')), '.argocd-source-team_web.yaml')
    assert.equal(told(compareFiles(application({ source: source() }, 'team'), 'argocd', [checkout(files)])), 'r/web:8')
  })
})

describe('the type of a source', () => {
  const rows: readonly (readonly [string, Record<string, string>, Partial<Source>])[] = [
    ['Helm', chart, {}],
    ['Kustomize', base, {}],
    ['Kustomize', { ...chart, ...base }, {}],
    ['Directory', { 'web/d.yaml': deployment('r/web:1') }, {}],
    ['Directory', { 'web/d.yaml': deployment('r/web:1') }, { helm: {} }],
    ['Plugin', chart, { plugin: { name: 'p' } }],
  ]
  for (const [type, files, rest] of rows) {
    test(`${type}: ${Object.keys(files).join(', ')} ${JSON.stringify(rest)}`, () => {
      const comparison = compareFiles(application({ source: source(rest) }), 'argocd', [checkout(files)])
      assert.deepEqual(comparison.kind === 'compared' && comparison.sourceTypes, [type])
    })
  }
})

describe('several sources', () => {
  const lent = { repoURL: source().repoURL, targetRevision: 'main', ref: 'values' }
  const published = {
    repoURL: 'https://charts.example.com',
    chart: 'web',
    targetRevision: '1.0.0',
    helm: { valueFiles: ['$values/shared.yaml'] },
  }
  const fromChart = Object.fromEntries(Object.entries(chart).map(([path, text]) => [path.replace('web/', ''), text]))

  test('lend each other values files, and each tells its type and revision', () => {
    const sources = [published, lent, source()]
    const checkouts = [{ ...checkout(fromChart), revision: '1.0.0' }, checkout(chart), checkout(override(setTo('8')))]
    const comparison = compareFiles(application({ source: source({ path: 'ignored' }), sources }), 'argocd', checkouts)
    assert.ok(comparison.kind === 'compared')
    assert.deepEqual(comparison.sourceTypes, ['Helm', '', 'Helm'])
    assert.deepEqual(comparison.revisions, ['1.0.0', 'c0ffee', 'c0ffee'])
    assert.deepEqual(comparison.images, ['r/web:3.0', 'r/web:8'])
  })

  test('an override is not read for a chart from a Helm repository', () => {
    const sources = [{ ...published, helm: {} }]
    const comparison = compareFiles(application({ sources }), 'argocd', [
      checkout({ ...fromChart, '.argocd-source-web.yaml': setTo('8') }),
    ])
    assert.equal(told(comparison), 'r/web:1.0')
  })

  test('an error says which of them', () => {
    const comparison = compareFiles(application({ sources: [source(), source({ path: 'no' })] }), 'argocd', [
      checkout(chart),
      checkout(chart),
    ])
    assert.ok(comparison.kind === 'failed')
    assert.match(comparison.message, /for source 2 of 2: .*no: app path does not exist$/)
  })
})
