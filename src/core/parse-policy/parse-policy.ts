import type { StrategyName } from '../../api/v1alpha1.ts'
import type { GitWriteBack, PolicySpec, RegistrySpec, StrategySpec, TagFilterSpec, WriteBackSpec } from '../policy.ts'
import { within, type Fault, type Field } from './fields.ts'
import { specFields } from './spec-fields.ts'

/** A spec with its defaults, patterns and ranges compiled; or every fault of it, each with its path (`spec.image`) and what to write instead. */
export type ParsedPolicy =
  | { readonly ok: true; readonly spec: PolicySpec }
  | { readonly ok: false; readonly faults: readonly Fault[] }

type SpecFields = typeof specFields extends Field<infer T> ? T : never
type Constraints = NonNullable<SpecFields['constraints']>
type RegistryFields = NonNullable<SpecFields['registry']>
type GitFields = NonNullable<NonNullable<SpecFields['writeBack']>['git']>

/**
 * Parses `spec` of an ImageUpdatePolicy, of which nothing is known. It is at least as strict as the CRD's schema, so a spec
 * need not have passed an API server, and it knows what a schema can't say: version ranges, templates, groups of `extract`.
 */
export function parsePolicy(spec: unknown): ParsedPolicy {
  const { value, faults } = specFields(spec)
  return value === undefined ? { ok: false, faults: within('spec', faults) } : { ok: true, spec: policySpec(value) }
}

function policySpec(fields: SpecFields): PolicySpec {
  const { image, applications, whenReverted = 'hold', suspend = false } = fields
  const constraints: Constraints = fields.constraints ?? {}
  return {
    image,
    strategy: strategySpec(fields),
    filters: filterSpec(constraints),
    platforms: constraints.platforms ?? [],
    minAge: constraints.minAge,
    allowDowngrade: constraints.allowDowngrade ?? false,
    applications,
    writeBack: writeBackSpec(fields),
    registry: registrySpec(fields.registry ?? {}),
    whenReverted,
    interval: fields.interval,
    suspend,
  }
}

function registrySpec({ secretRef, certSecretRef, provider, ...rest }: RegistryFields): RegistrySpec {
  return {
    secretName: secretRef?.name,
    serviceAccountName: rest.serviceAccountName,
    certSecretName: certSecretRef?.name,
    provider: provider === 'generic' ? undefined : provider,
    insecure: rest.insecure ?? false,
  }
}

function filterSpec({ ignoreTags = [], allowTags, extract }: Constraints): TagFilterSpec {
  return { ignoreTags, allowTags, extract }
}

function strategySpec({ strategy, constraints }: SpecFields): StrategySpec {
  switch (strategy) {
    case 'semver':
      return { type: strategy, range: constraints?.version, prereleases: constraints?.prereleases ?? false }
    case 'digest':
      // There always is a tag here: a rule asks for it.
      return { type: strategy, tag: constraints?.tag ?? '' }
    case 'latest':
    case 'name':
    case 'numerical':
      return { type: strategy }
  }
}

function writeBackSpec({ strategy, writeBack = {} }: SpecFields): WriteBackSpec {
  const { method = 'argocd', helm = [{ tag: 'image.tag' }], kustomize, refresh = true } = writeBack
  return {
    method,
    helm,
    kustomizeName: kustomize?.name,
    digest: writeBack.digest ?? defaultDigest(strategy),
    refresh,
    git: method === 'git' ? gitWriteBack(writeBack.git ?? {}) : undefined,
  }
}

function gitWriteBack({ repository, branch, pushBranch, secretRef, commit, ...git }: GitFields): GitWriteBack {
  const { target = 'override', path, createKeys = false } = git
  const where = { repository, branch, pushBranch, target, path, createKeys }
  return { ...where, secretName: secretRef?.name, commit: commitSpec(commit ?? {}) }
}

function commitSpec(fields: NonNullable<GitFields['commit']>): GitWriteBack['commit'] {
  const { message, per = 'lane', author, signOff = false, signingKeySecretRef } = fields
  return { message, per, author, signOff, signingSecretName: signingKeySecretRef?.name }
}

function defaultDigest(strategy: StrategyName): WriteBackSpec['digest'] {
  return strategy === 'digest' ? 'withTag' : 'never'
}
