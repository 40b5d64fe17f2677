import type { Dialect } from './server.ts'

/** A registry that lets in whoever shows one user name and password; `challenge` is what it says to the others, with or without an error in JSON. */
export const withBasic =
  (challenge: string, authorization: string, inner: Dialect): Dialect =>
  (request, server) =>
    request.authorization === authorization
      ? inner(request, server)
      : { status: 401, headers: { 'www-authenticate': challenge }, body: 'Unauthorized' }

/** The same as Amazon says it to whose login has ended: he is known, and refused. */
export const basic403 =
  (right: () => string, inner: Dialect): Dialect =>
  (request, server) => {
    if (request.authorization === right()) return inner(request, server)
    if (request.authorization === undefined)
      return {
        status: 401,
        headers: { 'www-authenticate': `Basic realm="${server.url}/",service="ecr.amazonaws.com"` },
      }
    const message = 'Your authorization token has expired. Reauthenticate and try again.'
    return { status: 403, body: { errors: [{ code: 'DENIED', message }] } }
  }

/** What shows a user name and password. */
export function basicOf({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
