import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMap } from 'yaml'
import { readYaml, withMarks, type YamlFile } from '../../../src/core/targets/yaml-file.ts'

function read(text: string, hasMarks = false): YamlFile {
  const file = readYaml(text, hasMarks)
  assert.ok(file.ok)
  return file.value
}

/** Whether the file's first pair knows where its colon is. */
function knowsColon({ documents }: YamlFile): boolean {
  const contents = documents[0]?.contents
  return isMap(contents) && contents.items[0]?.srcToken !== undefined
}

test('what was read last is read once, a fault too', () => {
  const file = read('a: 1\n')
  assert.equal(read('a: 1\n'), file)
  const fault = readYaml('a: [\n')
  assert.equal(readYaml('a: [\n'), fault)
  assert.ok(!fault.ok)
  assert.deepEqual(read('a: 1\n').documents[0]?.toJS(), { a: 1 }, 'something else was read meanwhile')
})

test('the places of marks are known to those that ask for them', () => {
  const plain = read('a: 1\n')
  assert.deepEqual([knowsColon(plain), plain.hasMarks], [false, false])
  const marked = withMarks(plain)
  assert.deepEqual([knowsColon(marked), marked.hasMarks, marked.text], [true, true, 'a: 1\n'])
  assert.equal(withMarks(marked), marked)
  assert.equal(read('a: 1\n'), marked, 'who does not ask for them may have them')
})
