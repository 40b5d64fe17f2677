import { strategyNames, type GitTargetName, type StrategyName } from '../../api/v1alpha1.ts'
import { isFields } from '../fields.ts'
import { memberAt, type Rule, type Written } from './object-field.ts'

/** Rules across the fields of a spec. The CRD has the same, in the same words (test/crd.test.ts compares them). */
export const specRules: readonly Rule[] = [
  onlyWith('semver', 'version', 'version is for strategy semver only: take it out, or filter tags by allowTags'),
  onlyWith('semver', 'prereleases', 'prereleases is for strategy semver only: take it out'),
  onlyWith('digest', 'tag', 'tag is for strategy digest only: take it out, or follow this one tag by strategy: digest'),
  {
    path: 'constraints.tag',
    message: 'strategy digest follows one tag: write which, such as tag: main',
    isBroken: (spec) => isStrategy(spec, 'digest') && !has(spec, 'constraints.tag'),
  },
  ...['allowTags', 'ignoreTags', 'extract'].map((name) =>
    notWith(
      'digest',
      name,
      `${name} is not for strategy digest, which follows the one tag in constraints.tag: take it out`,
    ),
  ),
  {
    path: 'writeBack.digest',
    message:
      'never is not for strategy digest, which would find nothing new to write: take it out (it means withTag then), or write only',
    isBroken: (spec) => isStrategy(spec, 'digest') && memberAt(spec, 'writeBack.digest') === 'never',
  },
  {
    path: 'writeBack.digest',
    message:
      'an entry of helm has digest, but no digests are written: write digest: withTag or only, or take the key out of helm',
    isBroken: (spec) =>
      isOtherStrategyThan('digest', spec) &&
      (memberAt(spec, 'writeBack.digest') ?? 'never') === 'never' &&
      helmPlaces(spec).some((place) => has(place, 'digest')),
  },
  {
    path: 'writeBack.helm',
    message: 'with digest: only, each entry of helm needs digest or spec: write for example {digest: image.digest}',
    isBroken: (spec) =>
      memberAt(spec, 'writeBack.digest') === 'only' &&
      helmPlaces(spec).some((place) => !has(place, 'digest') && !has(place, 'spec')),
  },
  {
    path: 'writeBack.git',
    message: 'git is for method git only: write method: git, or take git out',
    isBroken: (spec) => has(spec, 'writeBack.git') && (memberAt(spec, 'writeBack.method') ?? 'argocd') !== 'git',
  },
  {
    path: 'registry.certSecretRef',
    message: 'certSecretRef is of no use over plain HTTP: take it out, or insecure',
    isBroken: (spec) => memberAt(spec, 'registry.insecure') === true && has(spec, 'registry.certSecretRef'),
  },
  {
    path: 'writeBack.git.path',
    message:
      'path is not for target override, whose file has its name from Argo CD: write another target, or take path out',
    isBroken: (spec) => has(spec, 'writeBack.git.path') && isTarget(spec, 'override'),
  },
  {
    path: 'writeBack.git.pushBranch',
    message:
      'pushBranch is branch itself, and nothing would wait to be merged: write another name, such as image-updates, or take it out',
    isBroken: (spec) =>
      has(spec, 'writeBack.git.pushBranch') &&
      memberAt(spec, 'writeBack.git.pushBranch') === memberAt(spec, 'writeBack.git.branch'),
  },
  {
    path: 'writeBack.git.createKeys',
    message: 'createKeys is for target helmValues only: write target: helmValues, or take createKeys out',
    isBroken: (spec) => has(spec, 'writeBack.git.createKeys') && !isTarget(spec, 'helmValues'),
  },
  {
    path: 'registry.provider',
    message: 'a cloud brings its own credentials: take secretRef out, or provider',
    isBroken: (spec) => hasCloud(spec) && has(spec, 'registry.secretRef'),
  },
  {
    path: 'registry.provider',
    message: 'credentials of a cloud are not sent over plain HTTP: take insecure out, or provider',
    isBroken: (spec) => hasCloud(spec) && memberAt(spec, 'registry.insecure') === true,
  },
]

/** Rules of one entry of `applications`. */
export const applicationRules: readonly Rule[] = [
  {
    path: '',
    message: 'write name, selector or both: they say which Applications this entry links',
    isBroken: (entry) => !has(entry, 'name') && !has(entry, 'selector'),
  },
]

/** Rules of one entry of `writeBack.helm`. */
export const helmRules: readonly Rule[] = [
  {
    path: '',
    message: 'write tag, spec or digest: the key that takes the tag, the whole image, or the digest',
    isBroken: (place) => !['tag', 'spec', 'digest'].some((name) => has(place, name)),
  },
  {
    path: 'spec',
    message:
      'spec takes the whole image and stands alone: take the other keys out of this entry, or write them without spec',
    isBroken: (place) => has(place, 'spec') && ['name', 'tag', 'registry', 'digest'].some((name) => has(place, name)),
  },
]

function onlyWith(strategy: StrategyName, name: string, message: string): Rule {
  const path = `constraints.${name}`
  return { path, message, isBroken: (spec) => isOtherStrategyThan(strategy, spec) && has(spec, path) }
}

function notWith(strategy: StrategyName, name: string, message: string): Rule {
  const path = `constraints.${name}`
  return { path, message, isBroken: (spec) => isStrategy(spec, strategy) && has(spec, path) }
}

function isStrategy(spec: Written, strategy: StrategyName): boolean {
  return memberAt(spec, 'strategy') === strategy
}

/** Of a spec whose strategy is none at all nothing is said: that is a fault of its own. */
function isOtherStrategyThan(strategy: StrategyName, spec: Written): boolean {
  return strategyNames.some((name) => name !== strategy && isStrategy(spec, name))
}

function isTarget(spec: Written, target: GitTargetName): boolean {
  return (memberAt(spec, 'writeBack.git.target') ?? 'override') === target
}

function hasCloud(spec: Written): boolean {
  return ['aws', 'gcp', 'azure'].some((name) => memberAt(spec, 'registry.provider') === name)
}

function has(written: Written, path: string): boolean {
  return memberAt(written, path) !== undefined
}

function helmPlaces(spec: Written): readonly Written[] {
  const places = memberAt(spec, 'writeBack.helm')
  return Array.isArray(places) ? places.filter(isFields) : []
}
