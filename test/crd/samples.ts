import type { DigestMode, Gate, ImageUpdatePolicySpec, ImageUpdatePolicyStatus } from '../../src/api/v1alpha1.ts'

/** A type with every member there, to the bottom: a new member of the type must come into the samples, and so into the CRD. */
type Whole<T> = T extends readonly (infer Item)[]
  ? readonly Whole<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]-?: Whole<Exclude<T[Name], undefined>> }
    : T

/** Every field of a spec. No such spec is valid: some of them exclude each other. */
export const wholeSpec: Whole<ImageUpdatePolicySpec> = {
  image: 'ghcr.io/acme/web',
  strategy: 'semver',
  constraints: {
    version: '^1.2',
    prereleases: false,
    tag: 'main',
    allowTags: '^v',
    ignoreTags: ['*-debug'],
    extract: '(.+)',
    platforms: ['linux/amd64'],
    minAge: '24h',
    allowDowngrade: false,
  },
  applications: [
    {
      name: 'web',
      selector: { matchLabels: { key: 'x' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] },
      namespace: 'argocd',
      source: 0,
    },
  ],
  writeBack: {
    method: 'git',
    helm: [{ name: 'a', tag: 'b', registry: 'c', digest: 'd', spec: 'e' }],
    kustomize: { name: 'web' },
    digest: 'never',
    refresh: true,
    git: {
      repository: 'https://git.example.com/acme/config.git',
      branch: 'main',
      pushBranch: 'image-updates/{{ .AppName }}',
      target: 'helmValues',
      path: 'values.yaml',
      createKeys: true,
      secretRef: { name: 'git' },
      commit: {
        message: 'Update',
        per: 'policy',
        author: { name: 'Image Updates', email: 'image-updates@example.com' },
        signOff: true,
        signingKeySecretRef: { name: 'signing' },
      },
    },
  },
  registry: {
    secretRef: { name: 'pull' },
    serviceAccountName: 'web',
    certSecretRef: { name: 'ca' },
    provider: 'generic',
    insecure: false,
  },
  whenReverted: 'hold',
  interval: '5m',
  suspend: false,
}

const digest = `sha256:${'a'.repeat(64)}`

/** Every field of a status. */
export const wholeStatus: Whole<ImageUpdatePolicyStatus> = {
  observedGeneration: 1,
  current: { tag: '1.4.1', digest, created: '2026-01-01T00:00:00Z', image: '1.4.1 (38), 1.4.0 (2)' },
  chosen: { tag: '1.4.2', digest, created: '2026-01-02T00:00:00Z', image: '1.4.2' },
  linked: 'web-eu, web-us and 38 more',
  applications: [
    {
      name: 'web-eu',
      namespace: 'argocd',
      source: 1,
      sourceType: 'Helm',
      current: '1.4.1',
      written: `1.4.2@${digest}`,
      writtenAt: '2026-01-02T00:00:00Z',
      writtenTo: '0123456789abcdef',
      proposed: '1.4.3',
      takenBack: true,
      live: '1.4.1',
      sync: 'Synced',
      health: 'Healthy',
      revision: 'f'.repeat(40),
      reason: 'Held',
      message: '…'.repeat(256),
      heldBy: 'Reverted',
      lastHandledResumedAt: 'now',
    },
  ],
  evaluation: {
    tags: 312,
    candidates: 41,
    rejected: [{ reason: 'NotAllowed', count: 220, examples: ['main', 'pr-7', 'x'.repeat(128)] }],
    note: '1.0 and v1.0 are told apart by their names alone',
  },
  pending: {
    tag: '1.4.2',
    digest,
    heldBy: [{ gate: 'Downgrade', until: '2026-01-02T00:00:00Z', applications: 'web-eu' }],
  },
  history: [{ from: '1.4.0', to: '1.4.1', time: '2026-01-01T00:00:00Z', applications: 40, revision: 'f'.repeat(64) }],
  firstSeen: [{ tag: '1.5.0', digest, time: '2026-01-02T00:00:00Z' }],
  firstSeenFor: '0123456789abcdef',
  writtenFor: '0123456789abcdef',
  lastHandledReconcileAt: 'now',
  lastHandledResumedAt: 'now',
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'UpToDate',
      message: '40 Applications up to date',
      lastTransitionTime: '2026-01-01T00:00:00Z',
      observedGeneration: 1,
    },
  ],
}

/** The words of types that exist at compile time only; a record must have them all. */
const words: {
  readonly [path: string]: Readonly<Record<string, true>>
} = {
  'spec.writeBack.digest': { never: true, withTag: true, only: true } satisfies Record<DigestMode, true>,
  'spec.writeBack.method': { argocd: true, git: true } satisfies Record<
    NonNullable<NonNullable<ImageUpdatePolicySpec['writeBack']>['method']>,
    true
  >,
  'spec.whenReverted': { hold: true, overwrite: true } satisfies Record<
    NonNullable<ImageUpdatePolicySpec['whenReverted']>,
    true
  >,
  'status.applications[0].heldBy': gates(),
  'status.pending.heldBy[0].gate': gates(),
}

function gates() {
  return {
    MinAge: true,
    Platforms: true,
    ScanSuspicious: true,
    Downgrade: true,
    Reverted: true,
    Merge: true,
  } satisfies Record<Gate, true>
}

/** The closed lists of words by the field that takes them. */
export const wordsByPath: readonly (readonly [path: string, words: readonly string[]])[] = Object.entries(words).map(
  ([path, record]) => [path, Object.keys(record)],
)
