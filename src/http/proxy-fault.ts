/** A proxy that can't be reached, which is `cause`, or opens no tunnel. It holds nothing of what the proxy said, and none of what it was shown. */
export class ProxyFault extends Error {
  override readonly name = 'ProxyFault'
  /** `host[:port]` */
  readonly proxy: string
  /** What it answered instead of opening a tunnel; undefined: nothing. */
  readonly status: number | undefined

  constructor({ host }: URL, { status, cause }: { readonly status?: number; readonly cause?: unknown }) {
    super(`the proxy ${host} opens no tunnel`, { cause })
    this.proxy = host
    this.status = status
  }
}
