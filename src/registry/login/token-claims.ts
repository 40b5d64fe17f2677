import { jsonIn } from '../wire/decode-body.ts'

/** What a token says of itself; nothing where it is no JSON Web Token. It is not verified: who gave it may say so anyway. */
export function tokenClaims(token: string): Readonly<Record<string, unknown>> {
  const body = Buffer.from(token.split('.')[1] ?? '', 'base64url')
  return Object(jsonIn({ body })) as Readonly<Record<string, unknown>>
}
