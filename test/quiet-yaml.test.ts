import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { policyKind, readObjects } from '../src/cli/object-file.ts'
import { parseRegistriesConf } from '../src/core/migrate/parse-registries-conf.ts'
import { parseRegistries } from '../src/core/parse-registries.ts'
import { parseOverride } from '../src/core/targets/override-document.ts'
import { readYaml } from '../src/core/targets/yaml-file.ts'

/** A key that is a list: the library warns when it makes a text of it, and the warning has that text. */
const withOddKey = '? [hunter2]\n: 1\n'

const readers: Readonly<Record<string, (text: string) => unknown>> = {
  'an override file': (text) => {
    const read = parseOverride(text, 'helm')
    return read.ok && read.value.toValue()
  },
  'a values file': (text) => {
    const read = readYaml(text)
    return read.ok && read.value.documents.map((document) => document.toJS() as unknown)
  },
  'the registries file': parseRegistries,
  'registries.conf': parseRegistriesConf,
  'a file of policies': (text) => readObjects(text, policyKind),
}

describe('what stands in a file comes into no warning of Node, which would be on standard error, beside the log:', () => {
  for (const [name, read] of Object.entries(readers))
    test(name, async (t) => {
      const warnings: string[] = []
      const hear = ({ message }: Error): void => void warnings.push(message)
      process.on('warning', hear)
      t.after(() => process.off('warning', hear))
      read(withOddKey)
      await turn()
      assert.deepEqual(warnings, [])
    })
})
