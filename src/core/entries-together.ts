import type { Fault } from './parse-policy/fields.ts'
import type { RegistryRule } from './registry-rule.ts'

/** What is wrong with entries of a registries file that are well each for itself. */
export function faultsAcross(rules: readonly RegistryRule[]): readonly Fault[] {
  const keys = rules.map(({ host, prefix }) => (prefix === '' ? host : `${host}/${prefix}`))
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice === undefined) return []
  return [{ path: '', message: `${twice} has two entries: write one for each host or prefix` }]
}
