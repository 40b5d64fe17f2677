import { gitTargetNames, strategyNames } from '../../api/v1alpha1.ts'
import { parseDuration } from '../text/duration.ts'
import { parseGlob } from '../text/glob.ts'
import { parseLabelSelector } from '../applications/label-selector.ts'
import type { ApplicationEntry, HelmPlace } from '../policy.ts'
import { parsePlatform } from '../choosing/platform.ts'
import { parseRepository } from '../reference.ts'
import { fault, parsed, type Parsed } from '../result.ts'
import { parseAllowPattern, parseExtractPattern } from '../choosing/tag-pattern.ts'
import { parseTemplate } from '../git/template.ts'
import { parseVersionRange } from '../choosing/version-range.ts'
import { anyText, flag, list, mapOf, oneOf, readOf, refined, text, type Field } from './fields.ts'
import { parseAuthorEmail, parseAuthorName } from './author.ts'
import { parseBranch, parseGitUrl, parsePath, parsePushBranch } from './git-location.ts'
import {
  parseHelmKey,
  parseKustomizeName,
  parseObjectName,
  parseIndex,
  parseSource,
  parseTag,
  type SourceName,
} from './names.ts'
import { object, present } from './object-field.ts'
import { applicationRules, helmRules, specRules } from './rules.ts'

const constraints = object({
  version: text(256, parseVersionRange),
  prereleases: flag,
  tag: text(128, parseTag),
  allowTags: text(1024, parseAllowPattern),
  ignoreTags: list(text(128, parseGlob), { most: 50 }),
  extract: text(1024, parseExtractPattern),
  platforms: refined(list(text(64, parsePlatform), { least: 1, most: 20 }), (all) => parsed([...new Set(all)])),
  minAge: text(32, atLeastASecond),
  allowDowngrade: flag,
})

const matchExpression = object(
  {
    key: text(317, parsed),
    operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist'] as const),
    values: list(anyText(63), { most: 64 }),
  },
  { required: { key: 'the label', operator: 'In, NotIn, Exists or DoesNotExist' } },
)

const selector = refined(
  object({ matchLabels: mapOf(anyText(63), 64), matchExpressions: list(matchExpression, { most: 32 }) }),
  ({ matchLabels, matchExpressions }) =>
    parseLabelSelector(
      present({
        matchLabels,
        matchExpressions: matchExpressions?.map(({ key, operator, values = [] }) => ({ key, operator, values })),
      }),
    ),
)

const source: Field<SourceName> = (value) =>
  typeof value === 'number' ? readOf(parseIndex(value)) : text(253, parseSource)(value)

const application = refined(
  object(
    { name: text(253, parseGlob), selector, namespace: text(253, parseGlob), source },
    { rules: applicationRules },
  ),
  (entry): Parsed<ApplicationEntry> =>
    parsed({ name: entry.name, selector: entry.selector, namespace: entry.namespace, source: entry.source }),
)

const helmKey = text(256, parseHelmKey)
const helmPlace = object(
  { name: helmKey, tag: helmKey, registry: helmKey, digest: helmKey, spec: helmKey },
  { rules: helmRules },
)

const secretRef = object(
  { name: text(253, parseObjectName) },
  { required: { name: 'the name of a Secret in the namespace of the policy' } },
)

const author = object(
  { name: text(100, parseAuthorName), email: text(254, parseAuthorEmail) },
  { required: { name: 'the name that commits bear', email: 'the address that commits bear' } },
)

const commit = object({
  message: text(4096, parseTemplate),
  per: oneOf(['lane', 'policy', 'application'] as const),
  author,
  signOff: flag,
  signingKeySecretRef: secretRef,
})

const git = object({
  repository: text(1024, parseGitUrl),
  branch: text(250, parseBranch),
  pushBranch: text(250, parsePushBranch),
  target: oneOf(gitTargetNames),
  path: text(1024, parsePath),
  createKeys: flag,
  secretRef,
  commit,
})

const writeBack = object({
  method: oneOf(['argocd', 'git'] as const),
  helm: refined(list(helmPlace, { least: 1, most: 20 }), eachKeyOnce),
  kustomize: object({ name: text(255, parseKustomizeName) }),
  digest: oneOf(['never', 'withTag', 'only'] as const),
  refresh: flag,
  git,
})

/** The fields of `spec`, with what each must be; `parsePolicy` makes a PolicySpec of what they read. */
export const specFields = object(
  {
    image: text(255, parseRepository),
    strategy: oneOf(strategyNames),
    constraints,
    applications: list(application, { least: 1, most: 100 }),
    writeBack,
    registry: object({
      secretRef,
      serviceAccountName: text(253, parseObjectName),
      certSecretRef: secretRef,
      provider: oneOf(['generic', 'aws', 'gcp', 'azure'] as const),
      insecure: flag,
    }),
    whenReverted: oneOf(['hold', 'overwrite'] as const),
    interval: text(32, atLeastASecond),
    suspend: flag,
  },
  {
    required: {
      image: 'write the repository to follow, such as ghcr.io/acme/web',
      strategy: `write ${strategyNames.join(', ')}`,
      applications: 'write which Applications to keep up to date, such as [{name: web}]',
    },
    rules: specRules,
  },
)

function atLeastASecond(text: string): Parsed<number> {
  const duration = parseDuration(text)
  return duration.ok && duration.value < 1_000 ? fault('must be from 1s to 8760h') : duration
}

/** A key holds one value: what two parts of an image were to share would be whatever is written last. */
function eachKeyOnce(
  places: readonly { readonly [Part in keyof HelmPlace]?: string | undefined }[],
): Parsed<readonly HelmPlace[]> {
  const keys = places.flatMap((place) => Object.values(place).filter((key) => key !== undefined))
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  return twice === undefined ? parsed(places.map(present)) : fault(`${twice} is named twice: name each key once`)
}
