import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { policyKind, readObjects } from '../../src/cli/object-file.ts'
import { checkPolicy } from '../../src/cli/check-policy.ts'

const head = 'apiVersion: imageupdate.dev/v1alpha1\nkind: ImageUpdatePolicy\n'

test('a text nested without end is told, not fallen over', () => {
  const deep = `${head}spec: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`
  const errors = [{ line: 3, message: 'is nested too deeply to be read' }]
  assert.deepEqual(readObjects(deep, policyKind), { objects: [], skipped: [], errors })
})

test('no text makes reading and checking throw, and every line is one of the text', () => {
  const scrap = fc.constantFrom(
    head,
    'spec:',
    '\n',
    '  ',
    '- ',
    '? ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '&a',
    '*a',
    '---',
    '"',
    '!!x',
    '<<',
    'items',
    'kind: List\n',
    '#',
  )
  const texts = fc.array(fc.oneof({ weight: 3, arbitrary: scrap }, fc.string()), { maxLength: 20 })
  fc.assert(
    fc.property(texts, (parts) => {
      const text = parts.join('')
      const { objects, skipped, errors } = readObjects(text, policyKind)
      const checked = objects.map(checkPolicy)
      const lines = [...checked, ...checked.flatMap(({ faults }) => faults), ...skipped, ...errors].map(
        ({ line }) => line,
      )
      for (const line of lines) assert.ok(line >= 1 && line <= text.split('\n').length, `${line}`)
    }),
    { numRuns: 2_000 },
  )
})

test('faults are found on their line through dots in names, numbers as names, lists and aliases', () => {
  const text = `${head}metadata: {name: web}\nspec:\n  image: nginx\n  strategy: name\n  applications:\n  - selector:\n      matchLabels:\n        a: fine\n        a.b/c: 1\n        7: [x]\n`
  const [policy] = readObjects(text, policyKind).objects
  assert.ok(policy !== undefined)
  assert.deepEqual(
    checkPolicy(policy).faults.map(({ path, line }) => [path, line]),
    [
      ['spec.applications[0].selector.matchLabels.a.b/c', 11],
      ['spec.applications[0].selector.matchLabels.7', 12],
    ],
  )
})
