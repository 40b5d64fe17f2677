/** A test that shows something: a text that stands in its file. */
export interface Shown {
  readonly file: string
  readonly says: string
}

/** What a registry does, and where it is shown what we do then. */
export interface ClientCase {
  readonly id: string
  readonly does: string
  readonly shown: readonly Shown[]
  /** Nothing of it is built: a part of the product that, if it were there, would be found in `src` by this word. */
  readonly unbuilt?: string
}

const registry = (file: string, ...says: readonly string[]): readonly Shown[] =>
  says.map((text) => ({ file: `test/registry/${file}.test.ts`, says: text }))

/** Cases of clients of registries, by numbers that are used of them elsewhere. */
export const clientCases: readonly ClientCase[] = [
  {
    id: '1',
    does: 'pages by path-absolute links',
    shown: registry('tag-list', "['the specification'", "['Artifactory'"),
  },
  { id: '3', does: 'links to another host', shown: registry('tag-list', "['Nexus'") },
  {
    id: '5',
    does: 'links in a circle, and pages without end',
    shown: registry('tag-list', 'two pages in a circle', 'pages that tell nothing new', 'pages without end'),
  },
  {
    id: '6',
    does: 'short pages with a link, full ones without',
    shown: registry('tag-list', 'a page of exactly the size', "['Quay'"),
  },
  {
    id: '8',
    does: 'lists with what can be no tag',
    shown: registry('tag-list', 'what can be no tag', "['repetition'"),
  },
  { id: '10', does: 'cursors with characters of their own', shown: registry('wire/next-page', 'last=v1+build%2Ba') },
  {
    id: '11',
    does: 'page sizes that are refused',
    shown: registry('tag-list', 'a page size that is refused is not tried again', "['distribution 3'"),
  },
  {
    id: '13',
    does: 'a hundred thousand tags',
    shown: registry(
      'tag-list',
      'a hundred thousand tags on one page',
      'has no end',
      'more tags than are read, on one page',
    ),
  },
  {
    id: '15',
    does: 'challenges of every spelling',
    shown: [
      ...registry('login/challenge', 'pull,push', 'scope=""', 'bearer realm='),
      ...registry('login/token', 'scope=repository%3Ashop%2Fweb%3Apull'),
    ],
  },
  {
    id: '16',
    does: 'several challenges',
    shown: [
      ...registry('login/challenge', 'Basic realm="b", Bearer realm', 'Negotiate, Basic'),
      ...registry('login/authorized-http', "['Gitea'", "['a proxy'"),
    ],
  },
  {
    id: '18',
    does: 'a token that is refused once',
    shown: registry('login/authorized-http', 'a token that was taken back is fetched anew, once'),
  },
  {
    id: '20',
    does: 'tokens without what tells their life',
    shown: [
      ...registry('login/token', "{ access_token: 't' }, 48", 'expires_in: 5'),
      ...registry('faults', 'a token server whose clock says'),
    ],
  },
  {
    id: '21',
    does: 'fifty who ask at once',
    shown: registry('faults', 'fifty who want to know about one repository at once'),
  },
  {
    id: '23',
    does: 'realms that lead elsewhere',
    shown: [
      ...registry(
        'login/token',
        'is refused, told beside the registry that names it',
        'a token server without HTTPS gets nothing',
      ),
      ...registry('login/seen-realms', 'a registry that names another token server one day'),
    ],
  },
  {
    id: '25',
    does: 'Secrets that are broken, of a wrong type or missing',
    shown: [
      ...registry('login/credentials', 'what is readable beside what is not', "['another type'"),
      ...registry('login/authorized-http', 'nobody falls back to being nobody'),
      { file: 'test/reconcile/registry-access.test.ts', says: 'a faulty Secret beside a good one' },
    ],
  },
  {
    id: '26',
    does: 'a Secret that is rotated',
    shown: registry('dialects', 'a Secret that was rotated counts from the next look'),
  },
  {
    id: '28',
    does: 'another digest in the header than that of the bytes',
    shown: registry('images/manifest-reader', 'GET tells another than that of its bytes'),
  },
  {
    id: '30',
    does: 'manifests that need to be accepted, and schema 1',
    shown: [
      ...registry('images/manifest-reader', 'a signed manifest of schema 1'),
      ...registry('images/manifest-reader', 'an index and an image of each format are found on a real registry'),
      ...registry('images/manifest-reader', 'has a manifest for those alone who take ${type}'),
    ],
  },
  {
    id: '31',
    does: 'content types that are wrong',
    shown: registry('faults', 'content type ${type', 'a content type that says it is an index'),
  },
  {
    id: '33',
    does: 'creation times that are none',
    shown: [
      ...registry('images/creation-time', '1980-01-01T00:00:01Z', '0001-01-01T00:00:00Z', '.123456789Z', '+02:00'),
      { file: 'test/core/choosing/evaluate.test.ts', says: 'latest orders by creation time, then by bytes' },
    ],
  },
  {
    id: '35',
    does: '429 with every kind of Retry-After',
    shown: [
      ...registry('manners/retry-after', "['86400', 900_000]", "['0', 1000]", 'Thu, 01 Jan 2026 12:00:20 GMT'),
      ...registry('wire/http', '429 without a word', 'a host that wants to be left alone is, the others are not'),
    ],
  },
  {
    id: '36',
    does: 'failures that pass, and answers that stop',
    shown: [
      ...registry('wire/http', "['503 twice'", "['a cut answer'", 'a gzip that is cut'),
      ...registry('wire/exchange', 'a server that falls silent'),
      ...registry('wire/transport-fault', "['a reset'"),
    ],
  },
  { id: '38', does: 'referrers', shown: [], unbuilt: 'referrers' },
  { id: '40', does: 'webhooks', shown: [], unbuilt: 'webhook' },
  {
    id: 'IPv6',
    does: 'a registry at an IPv6 address',
    shown: [{ file: 'test/core/reference.test.ts', says: '[::1]:5000' }],
  },
  {
    id: 'case',
    does: 'a repository in capitals',
    shown: [{ file: 'test/core/reference.test.ts', says: 'is refused' }],
  },
  {
    id: 'spelling',
    does: 'one repository under several names',
    shown: [{ file: 'test/core/reference.test.ts', says: 'one repository has several spellings' }],
  },
  {
    id: 'proxy',
    does: 'a proxy, and NO_PROXY',
    shown: registry('behind-proxy', 'is asked in a tunnel', 'what is not to go by the proxy does not'),
  },
  { id: 'warning', does: 'Warning headers', shown: registry('faults', "['warnings'") },
  { id: 'restart', does: 'a process that begins anew', shown: registry('scans', 'metadata outlives a restart') },
]

/** Faults between a registry and us. */
export const faults: readonly ClientCase[] = [
  {
    id: 'slow',
    does: 'nothing before the headers; nothing more in the middle',
    shown: registry('wire/exchange', "['before the headers'", "['in the middle'"),
  },
  { id: 'drip', does: 'a body that comes without end', shown: registry('faults', "['slow', 20", "['fast', 0") },
  { id: 'large', does: 'a body that is too large', shown: registry('wire/http', "['an endless body'") },
  { id: 'bomb', does: 'gzip that unpacks to very much', shown: registry('wire/http', "'a gzip bomb'") },
  {
    id: 'gzip',
    does: 'gzip that was not asked for, and gzip that is cut',
    shown: registry('wire/http', 'an answer in gzip that was not asked for', 'a gzip that is cut'),
  },
  {
    id: 'memory',
    does: 'answers that would take all memory',
    shown: registry(
      'wire/exchange',
      'what would become too much in memory',
      'large answers that come at the same time',
    ),
  },
  { id: 'platforms', does: 'an index of very many', shown: registry('images/image-facts', 'of very many platforms') },
  {
    id: 'encoding',
    does: 'an encoding that nobody knows',
    shown: registry('wire/http', "'an encoding that nobody knows'"),
  },
  {
    id: 'headers',
    does: 'headers without end, and those that are sent twice',
    shown: [
      ...registry('wire/transport-fault', "'headers without end'"),
      ...registry('wire/http', "'429 with two waits'"),
    ],
  },
  {
    id: 'left-out',
    does: 'a list that leaves tags out without a word',
    shown: registry('listings/left-out', 'nothing is chosen from a list of Google’s that is as long as'),
  },
  {
    id: 'clock',
    does: 'our own clock that is put back',
    shown: [
      ...registry('manners/host-pace', 'a clock that is put back makes nobody wait'),
      ...registry('shared-answer', 'is not for ever the newest'),
    ],
  },
  {
    id: 'truncated',
    does: 'JSON that is cut',
    shown: [
      ...registry('tag-list', 'a list that breaks off', 'a list that is cut'),
      ...registry('faults', 'half a manifest'),
    ],
  },
  {
    id: 'html',
    does: 'a login page',
    shown: [
      ...registry('tag-list', "['a login page'"),
      ...registry('faults', 'a login page instead of manifests'),
      ...registry('login/token', "body: '<html>'"),
    ],
  },
  { id: 'types', does: 'content types that are wrong or missing', shown: registry('faults', 'content type ${type') },
  { id: 'null', does: 'tags that are null', shown: registry('tag-list', "['null'", 'what can be no tag') },
  {
    id: 'twice',
    does: 'tags that stand twice, on one page and on several',
    shown: [...registry('tag-list', "['repetition'"), ...registry('faults', 'tags that stand on several pages')],
  },
  {
    id: 'loop',
    does: 'pages in a circle',
    shown: registry('tag-list', 'a link to the same page', 'two pages in a circle'),
  },
  {
    id: 'shrinks',
    does: 'a list that shrinks, while it is read and from one scan to the next',
    shown: [
      ...registry('tag-list', 'a list that shrinks while it is read is begun again, once'),
      { file: 'test/reconcile/doubt.test.ts', says: 'less than half is not' },
    ],
  },
  {
    id: 'skew',
    does: 'a token server with another clock',
    shown: registry('faults', 'a token server whose clock says'),
  },
  {
    id: '401',
    does: '401 in the middle of a scan',
    shown: registry(
      'faults',
      'tokens that end in the middle of a scan',
      'who we are is taken back in the middle of a scan',
    ),
  },
  { id: '429-token', does: 'too many requests at the token server', shown: registry('login/token', "['429'") },
  {
    id: 'no-access',
    does: 'a token that opens nothing',
    shown: registry('login/authorized-http', 'a token that opens nothing is not asked for again and again'),
  },
  {
    id: 'harbor',
    does: 'Basic after a Bearer that expired',
    shown: registry('login/authorized-http', 'though Harbor asks for Basic then'),
  },
  {
    id: 'redirects',
    does: 'redirects to the link, elsewhere, and to nowhere',
    shown: registry('wire/http', 'a redirect into the link', 'credentials stay with their origin'),
  },
  { id: 'storage', does: 'blobs at an origin that refuses credentials', shown: registry('dialects', 'ecrStorage') },
  {
    id: 'bytes',
    does: 'other bytes than the digest',
    shown: [
      ...registry('images/manifest-reader', "['other bytes'"),
      ...registry('faults', 'configurations of another image'),
    ],
  },
  {
    id: 'digest',
    does: 'a digest that is missing, wrong or of another kind',
    shown: [
      ...registry('images/manifest-reader', 'HEAD leaves it out', 'HEAD tells nonsense', 'another algorithm'),
      ...registry('faults', 'a digest in capitals'),
    ],
  },
  {
    id: 'head',
    does: 'HEAD that is not known',
    shown: registry('images/manifest-reader', 'HEAD is not known', 'HEAD finds nothing but GET does'),
  },
  {
    id: 'etag',
    does: 'validators in every spelling',
    shown: registry('tag-list', 'a validator is sent back as it came, quotes or not'),
  },
  {
    id: 'dns',
    does: 'a name that nobody has',
    shown: registry('wire/transport-fault', 'a name that nobody has', 'EAI_AGAIN'),
  },
  {
    id: 'tls',
    does: 'certificates of unknown authorities, for other names, expired',
    shown: [
      ...registry(
        'wire/transport-fault',
        'a private authority, until it is trusted',
        'certificates are verified: the name',
      ),
      ...registry('faults', 'a certificate that has expired is not believed'),
    ],
  },
  {
    id: 'plain',
    does: 'plain HTTP where TLS should be',
    shown: registry('wire/transport-fault', 'speaks only plain HTTP'),
  },
  {
    id: 'http-1.0',
    does: 'HTTP/1.0',
    shown: registry('wire/exchange', 'an answer of HTTP/1.0 ends with its connection'),
  },
  { id: 'down', does: 'a host that is down', shown: registry('wire/http', 'a host that is down is left alone') },
]
