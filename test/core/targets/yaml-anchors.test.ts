import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stepsOf } from '../../../src/core/targets/key-steps.ts'
import { anchorsFollowed } from '../../../src/core/targets/yaml-anchors.ts'
import { readYaml } from '../../../src/core/targets/yaml-file.ts'
import { findKey } from '../../../src/core/targets/yaml-find.ts'

const rows: readonly (readonly [name: string, text: string, anchors: readonly string[]])[] = [
  ['no anchor', 'image: {tag: 1}\nb: 2\n', []],
  ['one without an alias', 'image: {tag: &a 1}\n', []],
  ['its own', 'image: {tag: &a 1}\nb: *a\n', ['a']],
  ['that of its map', 'image: &a {tag: 1}\nb: *a\n', ['a']],
  ['those of several above it', '&root image: &a\n  tag: &b 1\nc: [*a, *b]\n', ['a', 'b']],
  ['that of a list', 'image:\n  tag: &x 1\nlist: &a [{x: *x}]\nc: *a\n', ['x']],
  ['taken over by <<', 'image: &a {tag: 1}\nb: {<<: *a}\n', ['a']],
  ['taken over by << in a list', 'image: &a {tag: 1}\nb: {<<: [*a]}\n', ['a']],
  ['taken over by <<, but for what the map has of its own', 'image: &a {tag: 1}\nb: {<<: *a, tag: 2}\n', []],
  ['the same in a list', 'image: &a {tag: 1}\nb: {<<: [*a], tag: 2}\n', []],
  ['taken over by << further up', 'image: &a {tag: 1}\nb: {<<: *a, other: 2}\n', ['a']],
  ['an alias of another anchor', 'image: &a {tag: 1}\nb: &b 1\nc: *b\n', []],
  ['an alias in another document', 'image: &a {tag: 1}\n---\nb: &a 1\nc: *a\n', []],
]

for (const [name, text, anchors] of rows)
  test(`anchors that a change is seen by: ${name}`, () => {
    const file = readYaml(text)
    assert.ok(file.ok)
    const found = findKey(file.value, stepsOf('image.tag'))
    assert.ok(found.kind === 'standing')
    assert.deepEqual(anchorsFollowed(file.value, [found.node]), anchors)
  })
