import assert from 'node:assert/strict'

/** What Argo CD's Secrets for git repositories hold in these tests; servers that ask for nothing take it. */
export const lentPassword = 'canary-a3c9'

/** Every password of the tests from end to end is called so; and so begin a token in a header, and a JSON Web Token. */
const secrets: readonly RegExp[] = [/canary-[0-9a-f]{4}/, /\bBearer /, /eyJ[A-Za-z0-9_-]{10}/]

/** Fails when one of the texts tells a secret; the failure does not repeat the whole of it. */
export function assertNothingSecret(told: Readonly<Record<string, string>>): void {
  for (const [where, text] of Object.entries(told))
    for (const secret of [...secrets, base64Of(`argocd:${lentPassword}`)]) {
      const at = text.search(secret)
      assert.ok(at < 0, `${where} tells a secret: …${text.slice(Math.max(0, at - 200), at + 20)}…`)
    }
}

function base64Of(login: string): RegExp {
  return new RegExp(Buffer.from(login).toString('base64').replaceAll(/[+/=]/g, '\\$&'))
}
