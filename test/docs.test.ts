import assert from 'node:assert/strict'
import { glob } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { conditionTypes, reasons } from '../src/api/conditions.ts'
import { updated } from '../src/api/events.ts'
import { tagReasons } from '../src/api/v1alpha1.ts'
import { manual as evaluateManual } from '../src/cli/evaluate.ts'
import { manual as migrateManual } from '../src/cli/migrate.ts'
import { manual as previewManual } from '../src/cli/preview.ts'
import { manual as validateManual } from '../src/cli/validate.ts'
import { flags } from '../src/config.ts'
import { commitMessage } from '../src/core/git/commit-message.ts'
import { parsePolicy } from '../src/core/parse-policy/parse-policy.ts'
import { createMetrics } from '../src/metrics.ts'
import { anchorsOf, codeBlocks, codeIn, linksIn, root, tableRows, textOf } from './markdown.ts'
import type { ControlPlane } from './servers/control-plane-access.ts'
import { sharedControlPlane } from './servers/shared-control-plane.ts'

/** What stands in backticks in the first cell of each row below a heading. */
const listed = (markdown: string, heading?: string): readonly string[] =>
  tableRows(markdown, heading).flatMap(([first = '']) => codeIn(first))

const manuals = [evaluateManual, validateManual, previewManual, migrateManual]
const optionsOf = ({ options }: (typeof manuals)[number]) => Object.keys(options)

async function documents(): Promise<readonly string[]> {
  const found: string[] = []
  for await (const path of glob(['*.md', '{docs,examples,charts,test}/**/*.md'], { cwd: root })) found.push(path)
  return found.toSorted()
}

describe('docs/reasons.md names', () => {
  const rows = [
    ['every condition', 'Conditions', Object.values(conditionTypes)],
    ['every reason', 'Reasons of conditions', Object.values(reasons)],
    ['every reason against a tag, in the order in which they are tried', 'Tags that are left out', tagReasons],
  ] as const
  for (const [name, heading, expected] of rows) {
    test(`${name}, and no other`, async () => {
      const documented = listed(await textOf('docs/reasons.md'), heading)
      if (expected === tagReasons) assert.deepEqual(documented, expected)
      else assert.deepEqual(new Set(documented), new Set<string>(expected))
      assert.equal(documented.length, expected.length)
    })
  }

  test('every gate of the CRD, and no other', async () => {
    const crd = await textOf('crds/imageupdatepolicies.yaml')
    const gates = [...crd.matchAll(/(?:heldBy|gate):\n\s+type: string\n\s+enum: \[([^\]]+)\]/g)].map(([, list = '']) =>
      list.split(', ').toSorted(),
    )
    assert.equal(gates.length, 2)
    for (const list of gates) assert.deepEqual(listed(await textOf('docs/reasons.md'), 'Gates').toSorted(), list)
  })
})

describe('docs/metrics.md', () => {
  test('has every metric with its type and labels, and no other', async () => {
    const documented = tableRows(await textOf('docs/metrics.md'), 'Names').map(
      ([name = '', type = '', labels = '']) => [codeIn(name)[0], type, codeIn(labels)],
    )
    const metrics = createMetrics()
    metrics.describePolicy({ namespace: '', name: '', image: '', strategy: '', method: '', chosen: '' })
    const { text } = await metrics.scrape()
    const labelsOf = labelNames(metrics)
    const declared = [...text.matchAll(/^# TYPE (imageupdate_\w+) (\w+)$/gm)].map(([, name = '', type]) => [
      name,
      type,
      labelsOf.get(name) ?? seriesLabels(text, name),
    ])
    assert.ok(declared.length > 5)
    assert.deepEqual(documented.toSorted(byName), declared.toSorted(byName))
  })

  test('asks only for metrics and labels that there are', async () => {
    const rows = tableRows(await textOf('docs/metrics.md'), 'Names')
    const names = rows.flatMap(([name = '']) => codeIn(name))
    for (const [name = '', , , , query = ''] of rows) {
      const asked = query.match(/imageupdate_\w+/g) ?? []
      assert.ok(asked.length > 0, name)
      for (const metric of asked) assert.ok(names.includes(metric.replace(/_bucket$/, '')), metric)
    }
  })
})

describe('docs/cli.md has every option, and no other, of', () => {
  for (const manual of manuals)
    test(manual.command, async () => {
      const documented = ownFlags(sectionText(await textOf('docs/cli.md'), manual.command))
      assert.deepEqual(new Set(documented), new Set(optionsOf(manual)))
    })
})

describe('the documents', () => {
  test('link to files and headings that there are', async () => {
    const dangling: string[] = []
    for (const path of await documents()) {
      for (const link of linksIn(await textOf(path))) {
        const [file = '', anchor] = link.split('#')
        const target = file === '' ? path : normalize(join(dirname(path), file))
        if (!existsSync(join(root, target))) dangling.push(`${path}: ${link}`)
        else if (anchor !== undefined && !anchorsOf(await textOf(target)).includes(anchor))
          dangling.push(`${path}: ${link}`)
      }
    }
    assert.deepEqual(dangling, [])
  })

  test('name files of the project that there are', async () => {
    const missing: string[] = []
    for (const path of [
      'README.md',
      'CONTRIBUTING.md',
      ...(await documents()).filter((name) => name.startsWith('docs/')),
    ]) {
      for (const name of codeIn(await textOf(path)).filter((code) =>
        /^(src|test|docs|crds|charts|examples)\/[\w./-]+$/.test(code),
      ))
        if (!existsSync(join(root, name))) missing.push(`${path}: ${name}`)
    }
    assert.deepEqual(missing, [])
  })

  test('give commands and flags that there are', async () => {
    const { scripts } = JSON.parse(await textOf('package.json')) as { scripts: Record<string, string> }
    const known = new Set(['help', 'version', ...Object.keys(flags), ...manuals.flatMap(optionsOf)])
    const unknown: string[] = []
    for (const path of await documents()) {
      const text = await textOf(path)
      for (const [, script = ''] of text.matchAll(/npm run ([\w-]+)/g))
        if (!Object.hasOwn(scripts, script)) unknown.push(`${path}: npm run ${script}`)
      for (const flag of ownFlags(text)) if (!known.has(flag)) unknown.push(`${path}: --${flag}`)
    }
    assert.deepEqual(unknown, [])
  })
})

describe('what README.md says that the operator prints', () => {
  const write = { image: 'ghcr.io/acme/web', from: '1.4.2', to: '1.5.0' }

  test('the commit', async () => {
    const changes = ['web-eu', 'web-us'].map((name) => ({
      ...write,
      policy: 'argocd/web',
      application: { namespace: 'argocd', name },
      carried: [],
    }))
    const message = commitMessage(undefined, changes, { repository: '', branch: '' })
    assert.deepEqual(codeBlocks(await textOf('README.md'), 'text'), [message])
  })

  test('the columns, and the event', async () => {
    const [printed = ''] = codeBlocks(await textOf('README.md'), 'console')
    const crd = await textOf('crds/imageupdatepolicies.yaml')
    const columns = [...crd.matchAll(/^ +- \{name: (\w+), type: \w+, jsonPath/gm)].map(([, name = '']) =>
      name.toUpperCase(),
    )
    assert.deepEqual(printed.split('\n')[1]?.split(/ +/), ['NAME', ...columns])
    const application = { namespace: 'argocd', name: 'web' }
    assert.ok(printed.includes(updated({ ...write, application, revision: undefined }).message))
  })
})

describe('policies in the documents', () => {
  let cluster: ControlPlane
  let namespace: string
  before(async () => {
    cluster = await sharedControlPlane()
    await cluster.applyCrds([join(root, 'crds/imageupdatepolicies.yaml')])
    namespace = await cluster.createNamespace('docs')
  })

  for (const path of ['README.md', 'docs/policy.md', 'docs/from-image-updater.md']) {
    test(`of ${path} are accepted by the API server and by the operator`, async () => {
      const policies = codeBlocks(await textOf(path), 'yaml').map((block) => parse(block) as { spec: unknown })
      assert.ok(policies.length > 1)
      for (const policy of policies) {
        await cluster.api(
          'POST',
          `/apis/imageupdate.dev/v1alpha1/namespaces/${namespace}/imageupdatepolicies?dryRun=All&fieldValidation=Strict`,
          { ...policy, metadata: { generateName: 'docs-' } },
        )
        assert.deepEqual(parsePolicy(policy.spec).ok, true, JSON.stringify(policy.spec))
      }
    })
  }
})

/** What stands below a heading of the second level. */
function sectionText(markdown: string, heading: string): string {
  const [, below = ''] = markdown.split(`\n## ${heading}\n`)
  return below.split('\n## ')[0] ?? ''
}

/** Flags in running text are ours, in blocks of commands those of other programs too. */
function ownFlags(markdown: string): readonly string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, '')
  return codeIn(prose).flatMap((code) => /^--([a-z-]+)/.exec(code)?.[1] ?? [])
}

function labelNames(metrics: object): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.values(metrics).flatMap((metric: { name?: string; labelNames?: readonly string[] }) =>
      metric.name !== undefined && metric.labelNames !== undefined
        ? [[metric.name, metric.labelNames.filter((label) => label !== 'le')] as const]
        : [],
    ),
  )
}

/** The labels of a metric that is not handed out, from its one series. */
function seriesLabels(text: string, name: string): readonly string[] {
  const [, labels = ''] = new RegExp(`^${name}\\{(.*)\\} `, 'm').exec(text) ?? []
  return [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)
}

function byName([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1
}
