import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { secretTypeLabel } from '../../src/core/git/git-credential.ts'
import { styleKey } from '../../src/git/lanes/commit-style.ts'
import { createStyleFinder } from '../../src/writeback/commit-style.ts'
import type { LinkedTarget } from '../../src/writeback/place.ts'
import { application } from '../core/build-application.ts'
import { policySpec } from '../core/build-policy.ts'
import { linkTo } from '../reconcile/build-run.ts'

type Commit = NonNullable<NonNullable<NonNullable<ImageUpdatePolicySpec['writeBack']>['git']>['commit']>

const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' })

/** Finds styles where there is one Secret, `signing`, in the policy's namespace. */
function finder(data: Readonly<Record<string, string>> | undefined, labels: Readonly<Record<string, string>> = {}) {
  const bytes = Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value)])
  const secret = {
    namespace: 'argocd',
    name: 'signing',
    type: '',
    annotations: {},
    labels,
    data: Object.fromEntries(bytes),
  }
  return createStyleFinder({ get: () => Promise.resolve(data === undefined ? undefined : secret) })
}

function linked(commit: Commit, name = 'web'): LinkedTarget {
  const spec = policySpec({ writeBack: { method: 'git', git: { commit } } })
  return linkTo(application({ name }), spec).target as LinkedTarget
}

const signing = { signingKeySecretRef: { name: 'signing' } }

test('what the policy says of its commits becomes their style', async () => {
  const author = { name: 'Bot', email: 'bot@example.com' }
  const find = finder({ sshPrivateKey: pem.toString() })
  const style = await find(linked({ author, signOff: true, ...signing }))
  assert.deepEqual([style.author, style.signOff, style.apart], [author, true, undefined])
  assert.match((await style.signer?.sign(Buffer.from('x'))) ?? '', /^-----BEGIN SSH SIGNATURE-----\n/)
  assert.deepEqual(await find(linked({})), { author: undefined, signOff: false, signer: undefined, apart: undefined })
})

const sharing: readonly [per: Commit['per'], share: boolean][] = [
  [undefined, true],
  ['lane', true],
  ['policy', true],
  ['application', false],
]
for (const [per, share] of sharing)
  test(`two Applications of one policy ${share ? 'share' : 'do not share'} a commit per ${per ?? 'default'}`, async () => {
    const find = finder(undefined)
    const commit = per === undefined ? {} : { per }
    const [one, two] = [await find(linked(commit)), await find(linked(commit, 'other'))]
    assert.equal(styleKey(one) === styleKey(two), share)
  })

const faults: readonly [name: string, find: ReturnType<typeof finder>, says: RegExp][] = [
  [
    'is missing',
    finder(undefined),
    /^Secret argocd\/signing of spec\.writeBack\.git\.commit\.signingKeySecretRef was not found$/,
  ],
  ['has no key', finder({ password: 'x' }), /has no sshPrivateKey or openpgpPrivateKey to sign with/],
  ['has a key that is none', finder({ sshPrivateKey: 'x' }), /argocd\/signing: the signing key is no private key/],
  [
    'is Argo CD’s for a repository',
    finder({ sshPrivateKey: pem.toString() }, { [secretTypeLabel]: 'repository' }),
    /is Argo CD’s, for a repository, not for signing/,
  ],
]
for (const [name, find, says] of faults)
  test(`a Secret that ${name} is said`, () =>
    assert.rejects(find(linked(signing)), { reason: 'SecretNotFound', message: says }))
