import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Application } from '../../../src/core/applications/application.ts'
import type { Linked } from '../../../src/core/applications/link.ts'
import { chooseSources, type LinkedSource, type SourceWish } from '../../../src/core/targets/source.ts'
import { application, entry, source } from '../build-application.ts'

function wish(parts: Partial<SourceWish> = {}): SourceWish {
  return { way: 'argocd', gives: { helm: false, kustomize: false }, lastType: () => undefined, ...parts }
}

function link(app: Application, wanted?: string | number): Linked {
  return {
    application: app,
    entry: entry({ name: 'web', ...(wanted === undefined ? {} : { source: wanted }) }),
    exact: true,
  }
}

function told(choice: LinkedSource | undefined): string {
  if (choice === undefined) return 'none'
  if (choice.kind === 'chosen') return `${choice.index} ${choice.tool}`
  return `${choice.error.reason}: ${choice.error.message}`
}

const chart = source({ chart: 'web', path: undefined, repoURL: 'https://charts.example.com' })
const values = source({ ref: 'values', path: undefined })
const two = application({ sources: [source({ name: 'front' }), source({ name: 'back', path: 'apps/api' })] })
const mixed = application({ sources: [source(), source({ path: 'apps/base' })], sourceTypes: ['Helm', 'Kustomize'] })
const charted = application({ sources: [chart, values], sourceTypes: ['Helm', ''] })
const unseen = application({ sourceTypes: [] })
const broken = application({
  sourceTypes: [],
  comparisonErrors: ['rpc error:\n https://me:secret@git.example.com  failed \u001b[31m' + 'x'.repeat(300)],
})

const hydrated = application({ hydrated: true, sourceTypes: [''] })
const hydratedHelm = application({ hydrated: true, sourceTypes: ['Helm'] })

const rows: readonly [
  name: string,
  app: Application,
  wanted: string | number | undefined,
  wish: Partial<SourceWish>,
  told: string | RegExp,
][] = [
  ['the only source, Helm', application(), undefined, {}, '0 helm'],
  ['the only source, Kustomize', application({ sourceTypes: ['Kustomize'] }), undefined, {}, '0 kustomize'],
  [
    'a hydrated source, patched',
    hydratedHelm,
    undefined,
    {},
    /^TargetUnsupported: source 0 \(apps\/web\) is rendered by the source hydrator, .*; use writeBack\.method: git$/,
  ],
  ['a hydrated source whose spec names its type', hydratedHelm, undefined, { way: 'override' }, '0 helm'],
  [
    'a hydrated source whose type nobody names',
    hydrated,
    undefined,
    { way: 'override' },
    /^TargetUnsupported: .*set writeBack\.helm or writeBack\.kustomize, or writeBack\.git\.target: helmValues or kustomization$/,
  ],
  [
    'a hydrated source whose type is that for which the policy gives something',
    hydrated,
    undefined,
    { way: 'override', gives: { helm: false, kustomize: true }, lastType: () => 'Helm' },
    '0 kustomize',
  ],
  ['a hydrated source with values', hydrated, undefined, { way: 'helmValues' }, '0 helm'],
  ['a hydrated kustomization', hydrated, undefined, { way: 'kustomization' }, '0 kustomize'],
  ['hydrated manifests', hydrated, undefined, { way: 'manifests' }, '0 kustomize'],
  [
    'a hydrated chart, by a target for kustomizations',
    hydratedHelm,
    undefined,
    { way: 'kustomization' },
    /^TargetUnsupported: .*use writeBack\.git\.target: helmValues or override$/,
  ],
  ['the only source by its index', application(), 0, {}, '0 helm'],
  [
    'an index beyond the only source',
    application(),
    1,
    {},
    /^TargetNotFound: the Application has no source with index 1; it has source 0 \(apps\/web\)$/,
  ],
  ['a source by index', two, 1, {}, '1 helm'],
  ['a source by name', two, 'back', {}, '1 helm'],
  ['a source by ref', application({ sources: [source(), source({ ref: 'r' })] }), 'r', {}, '1 helm'],
  ['a name before a ref', application({ sources: [source({ ref: 'r' }), source({ name: 'r' })] }), 'r', {}, '1 helm'],
  [
    'a name that no source has',
    two,
    'side',
    {},
    /^TargetNotFound: the Application has no source with name or ref side; it has source 0 \(front\), source 1 \(back\)$/,
  ],
  [
    'several that fit',
    two,
    undefined,
    {},
    /^TargetUnsupported: several sources fit: source 0 \(front\), source 1 \(back\); say which in applications\[\]\.source$/,
  ],
  ['several types, nothing given', mixed, undefined, {}, /several sources fit/],
  ['several types, kustomize given', mixed, undefined, { gives: { helm: false, kustomize: true } }, '1 kustomize'],
  ['several types, helm given', mixed, undefined, { gives: { helm: true, kustomize: false } }, '0 helm'],
  ['several types, both given', mixed, undefined, { gives: { helm: true, kustomize: true } }, /several sources fit/],
  [
    'no source of the type that is given',
    two,
    undefined,
    { gives: { helm: false, kustomize: true } },
    /^TargetUnsupported: none of the sources fits: source 0 \(front\) is of type Helm, for which the policy gives nothing; source 1/,
  ],
  ['a chart and its values: the chart', charted, undefined, {}, '0 helm'],
  [
    'a chart and its values, for git: neither',
    charted,
    undefined,
    { way: 'override' },
    /^TargetUnsupported: none of the sources fits: source 0 \(web\) is a chart from a Helm repository.*use writeBack\.method: argocd.*; source 1 \(values\) only lends files/,
  ],
  [
    'a source that only lends files',
    charted,
    'values',
    {},
    /^TargetUnsupported: source 1 \(values\) only lends files to other sources \(ref\); name the source that uses them$/,
  ],
  ['a chart for git', charted, 0, { way: 'override' }, /^TargetUnsupported: source 0 \(web\) is a chart/],
  [
    'a source with a ref and a path',
    application({ sources: [source({ ref: 'r' }), values], sourceTypes: ['Kustomize', ''] }),
    undefined,
    { way: 'override' },
    '0 kustomize',
  ],
  ['a chart and its values in git, for its values: the chart', charted, undefined, { way: 'helmValues' }, '0 helm'],
  [
    'a kustomization, for its values',
    application({ sourceTypes: ['Kustomize'] }),
    undefined,
    { way: 'helmValues' },
    /^TargetUnsupported: source 0 \(apps\/web\) is of type Kustomize, which has no values/,
  ],
  [
    'a kustomization, for itself',
    application({ sourceTypes: ['Kustomize'] }),
    undefined,
    { way: 'kustomization' },
    '0 kustomize',
  ],
  [
    'a chart, for a kustomization',
    application(),
    undefined,
    { way: 'kustomization' },
    /is of type Helm, which has no kustomization; use writeBack\.git\.target: helmValues or override/,
  ],
  [
    'plain manifests, for themselves',
    application({ sourceTypes: ['Directory'] }),
    undefined,
    { way: 'manifests' },
    '0 kustomize',
  ],
  ['a plugin’s manifests', application({ sourceTypes: ['Plugin'] }), undefined, { way: 'manifests' }, '0 kustomize'],
  [
    'plain manifests',
    application({ sourceTypes: ['Directory'] }),
    undefined,
    {},
    /^TargetUnsupported: source 0 \(apps\/web\) is of type Directory \(plain manifests\).*add a kustomization\.yaml/,
  ],
  [
    'a plugin',
    application({ sourceTypes: ['Plugin'] }),
    undefined,
    { way: 'override' },
    /^TargetUnsupported: source 0 \(apps\/web\) is rendered by a plugin/,
  ],
  [
    'a type of tomorrow',
    application({ sourceTypes: ['Timoni'] }),
    undefined,
    {},
    /is of type Timoni; only Helm and Kustomize take an image/,
  ],
  ['not compared yet', unseen, undefined, {}, 'ApplicationNotReady: Argo CD has not compared the Application yet'],
  ['not compared any more, but seen before', unseen, undefined, { lastType: () => 'Kustomize' }, '0 kustomize'],
  ['in error, but seen before', broken, undefined, { lastType: () => 'Helm' }, '0 helm'],
  [
    'of several, the one that was seen before',
    application({ sources: two.sources, sourceTypes: [] }),
    undefined,
    { lastType: (_, index) => (index === 1 ? 'Helm' : undefined) },
    '1 helm',
  ],
  [
    'of several, none seen before',
    application({ sources: two.sources, sourceTypes: [] }),
    undefined,
    {},
    /^ApplicationNotReady/,
  ],
  [
    'the type of now before that of then',
    application({ sourceTypes: ['Kustomize'] }),
    undefined,
    { lastType: () => 'Helm' },
    '0 kustomize',
  ],
  ['no source at all', application({ sources: [] }), undefined, {}, 'TargetUnsupported: the Application has no source'],
]
for (const [name, app, wanted, parts, expected] of rows) {
  test(`${name}`, () => {
    const [choice, ...others] = chooseSources([link(app, wanted)], wish(parts))
    assert.deepEqual(others, [])
    if (typeof expected === 'string') assert.equal(told(choice), expected)
    else assert.match(told(choice), expected)
  })
}

test('Argo CD’s words are quoted on one line, in 200 characters, without a password', () => {
  const [choice] = chooseSources([link(broken)], wish())
  assert.ok(choice?.kind === 'failed')
  const words = choice.error.message.replace('Argo CD can’t compare the Application: ', '')
  assert.match(words, /^rpc error: https:\/\/git\.example\.com failed \[31mx+…$/)
  assert.equal(words.length, 200)
  assert.equal(choice.error.retry.kind, 'backoff')
})

test('two links that come to one source are one', () => {
  const choices = chooseSources([link(charted), link(charted, 0), link(charted, 1)], wish())
  assert.deepEqual(
    choices.map(({ kind, index }) => `${kind} ${index}`),
    ['chosen 0', 'failed 1'],
  )
})

test('a failure tells its source where it is known', () => {
  const choices = chooseSources([link(application({ sourceTypes: ['Directory'] })), link(two)], wish())
  assert.deepEqual(
    choices.map(({ index }) => index),
    [0, undefined].slice(0, choices.length),
  )
})
