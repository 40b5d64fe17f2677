import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRegistriesConf } from '../../../src/core/migrate/parse-registries-conf.ts'

const conf = 'registries:\n- {name: Hub, api_url: https://registry-1.docker.io, ping: yes, insecure: no, limit: 2.5}\n'
const configMap = (data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data })

for (const [name, content] of [
  ['the file', conf],
  ['the ConfigMap', configMap({ interval: '2m', 'registries.conf': conf })],
] as const)
  test(`${name} is read as Go reads it: yes is true`, () => {
    const parsed = parseRegistriesConf(content)
    assert.ok(parsed.ok)
    const [registry] = parsed.registries
    assert.deepEqual([registry?.name, registry?.ping, registry?.insecure, registry?.limit], ['Hub', true, false, 2.5])
  })

const faults: readonly (readonly [name: string, content: string, ...expected: readonly string[]])[] = [
  ['no YAML', 'registries: [', ' is no YAML: look at line 1'],
  ['nothing', '', ' must be an object, not null'],
  ['another file', 'hello', ' must be an object, not a string'],
  ['no list', '{}', '.registries is required: registries.conf is a list of that name'],
  [
    'a ConfigMap without it',
    configMap({}),
    ' is a ConfigMap without the key registries.conf: nothing is to be migrated',
  ],
  [
    'everything that is wrong',
    'registries: [{nam: a, limit: fast, tagsortmode: newest}]',
    '.registries[0].name is required: every registry of registries.conf has one',
    '.registries[0].api_url is required: write where the registry is',
    '.registries[0].tagsortmode must be latest-first, latest-last or none',
    '.registries[0].limit must be a number of requests a second',
    '.registries[0].nam unknown field: did you mean name?',
  ],
]

for (const [name, content, ...expected] of faults)
  test(`faults: ${name}`, () => {
    const parsed = parseRegistriesConf(content)
    assert.ok(!parsed.ok)
    assert.deepEqual(
      parsed.faults.map(({ path, message }) => `${path} ${message}`),
      expected,
    )
  })

test('aliases without end are refused', () => {
  const bomb = [
    'a: &a [x]',
    ...Array.from({ length: 9 }, (_, n) => `b${n}: &b${n} [${`*${n === 0 ? 'a' : `b${n - 1}`}, `.repeat(9)}]`),
  ]
  const parsed = parseRegistriesConf(bomb.join('\n'))
  assert.deepEqual(parsed, { ok: false, faults: [{ path: '', message: 'has too many aliases' }] })
})
