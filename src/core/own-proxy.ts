/** The operator's own way out, as the environment tells it. What it holds may be secret. */
export interface OwnProxy {
  /** Of the proxy for HTTPS, with user name and password where it wants them; undefined: straight. */
  readonly https: string | undefined
  /** The same for plain HTTP. */
  readonly http: string | undefined
  /** What is reached without, as Go reads `NO_PROXY`. */
  readonly noProxy: string
}

const pattern = /^https?:\/\/(?:([^\s/?#@]*)@)?(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?\/?$/i

/** No proxy at all. */
export const noOwnProxy: OwnProxy = { https: undefined, http: undefined, noProxy: '' }

/** Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in capitals or not; `faulty` is told of what is no address, without the address. */
export function readOwnProxy(
  environment: Readonly<Record<string, string | undefined>>,
  faulty: (sentence: string) => void,
): OwnProxy {
  const text = (name: string): string => environment[name] || environment[name.toLowerCase()] || ''
  const address = (name: string): string | undefined => {
    const written = text(name)
    if (written === '') return undefined
    // As other programs do it.
    const url = written.includes('://') ? written : `http://${written}`
    const fault = faultOf(url)
    if (fault !== undefined) faulty(`${name}: ${fault}`)
    return url
  }
  return { https: address('HTTPS_PROXY'), http: address('HTTP_PROXY'), noProxy: text('NO_PROXY') }
}

function faultOf(url: string): string | undefined {
  const [whole, login = '', port = '0'] = pattern.exec(url) ?? []
  if (whole === undefined || Number(port) > 65_535)
    return 'is no address of a proxy: write for example http://proxy.example.com:3128'
  return isReadable(login)
    ? undefined
    : 'has a % in its user name or password that stands for no character: write %25 for a % itself'
}

function isReadable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined
  } catch {
    return false
  }
}
