import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { parsePolicy } from '../../src/core/parse-policy/parse-policy.ts'
import type { PolicySpec } from '../../src/core/policy.ts'

/** A parsed spec: `semver` for `ghcr.io/acme/web` and Application `web` unless said otherwise. Throws where it has faults. */
export function policySpec(spec: Partial<ImageUpdatePolicySpec> = {}): PolicySpec {
  const parsed = parsePolicy({
    image: 'ghcr.io/acme/web',
    strategy: 'semver',
    applications: [{ name: 'web' }],
    ...spec,
  })
  if (!parsed.ok) throw new Error(parsed.faults.map(({ path, message }) => `${path}: ${message}`).join('; '))
  return parsed.spec
}
