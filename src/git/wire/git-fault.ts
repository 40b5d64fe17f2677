/**
 * What ended a conversation with a git server: it `said` so in its own words, it `broke` the protocol, or it sent more
 * than is read (`tooLarge`). Stays inside git/; `remote.ts` turns it into a ReconcileError. The message of `said` is the
 * server's own text, untrusted.
 */
export class GitFault extends Error {
  override readonly name = 'GitFault'
  readonly kind: 'said' | 'broke' | 'tooLarge'

  constructor(kind: 'said' | 'broke' | 'tooLarge', message: string) {
    super(message)
    this.kind = kind
  }
}
