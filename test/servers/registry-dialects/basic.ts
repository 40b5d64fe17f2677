import type { Dialect } from './server.ts'

/** A registry that lets in whoever shows one user name and password; `challenge` is what it says to the others, with or without an error in JSON. */
export const withBasic =
  (challenge: string, authorization: string, inner: Dialect): Dialect =>
  (request, server) =>
    request.authorization === authorization
      ? inner(request, server)
      : { status: 401, headers: { 'www-authenticate': challenge }, body: 'Unauthorized' }
