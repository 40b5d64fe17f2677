import { reasons } from '../api/conditions.ts'
import { signingKey } from '../core/git/signing-key.ts'
import { policyKey } from '../core/policy.ts'
import { atInterval, ReconcileError } from '../errors.ts'
import { createCommitSigners, type CommitSigner } from '../git/lanes/commit-signer.ts'
import type { CommitStyle } from '../git/lanes/commit-style.ts'
import type { SecretStore } from '../kubernetes/secrets.ts'
import type { LinkedTarget } from './place.ts'

/** Finds how the commits of a policy are made. Throws ReconcileError. */
export type FindStyle = (linked: LinkedTarget) => Promise<CommitStyle>

/** Makes the finder: the signing key is read each time, as the Secret may change. */
export function createStyleFinder(secrets: Pick<SecretStore, 'get'>): FindStyle {
  const signers = createCommitSigners()

  async function signerOf(namespace: string, name: string): Promise<CommitSigner> {
    const secret = await secrets.get(namespace, name)
    if (secret === undefined)
      throw missing(`Secret ${namespace}/${name} of spec.writeBack.git.commit.signingKeySecretRef was not found`)
    const key = signingKey(secret)
    if (!key.ok) throw missing(key.fault)
    const signer = await signers(key.value)
    if (signer.ok) return signer.value
    throw missing(`Secret ${namespace}/${name}: the signing key ${signer.fault}`)
  }

  return async (linked) => {
    const { author, signOff = false, signingSecretName } = linked.spec.writeBack.git?.commit ?? {}
    const { namespace } = linked.policy
    const signer = signingSecretName === undefined ? undefined : await signerOf(namespace, signingSecretName)
    return { author, signOff, signer, apart: apartOf(linked) }
  }
}

function apartOf({ policy, spec, application }: LinkedTarget): string | undefined {
  switch (spec.writeBack.git?.commit.per) {
    case 'policy':
      return `policy ${policyKey(policy)}`
    case 'application':
      return `application ${application.namespace}/${application.name}`
    case 'lane':
    case undefined:
      return undefined
  }
}

function missing(message: string): ReconcileError {
  return new ReconcileError(reasons.secretNotFound, message, { retry: atInterval })
}
