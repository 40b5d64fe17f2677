import type { Fault } from './parse-policy/fields.ts'
import type { RegistryRule } from './registry-rule.ts'

/** What is wrong with entries of a registries file that are well each for itself. */
export function faultsAcross(rules: readonly RegistryRule[]): readonly Fault[] {
  const keys = rules.map(({ host, prefix }) => (prefix === '' ? host : `${host}/${prefix}`))
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) return [{ path: '', message: `${twice} has two entries: write one for each host or prefix` }]
  const plain = new Set(rules.filter(isPlain).map(({ host }) => host))
  return rules.flatMap(({ host, prefix, provider, api }, index) => {
    if (prefix === '' || provider === undefined || api !== undefined || !plain.has(host)) return []
    const message = `credentials of a cloud are not sent over plain HTTP, as which the entry for ${host} has it asked: take it out, or write https:// in api`
    return [{ path: `[${index}].provider`, message }]
  })
}

/** Whether a whole host is asked over plain HTTP, and so what is below it and says nothing else. */
function isPlain({ prefix, insecure, api }: RegistryRule): boolean {
  return prefix === '' && (insecure || api?.startsWith('http:') === true)
}
