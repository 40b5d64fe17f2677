import { pushBranches, pushBranchRefusals } from './push-branch-cases.ts'

/** A spec that is not valid: what is put into {@link leastSpec}, where the fault is, and the words in which it is told. */
export interface Refusal {
  readonly spec: Readonly<Record<string, unknown>>
  readonly path: string
  /** The API server's words. */
  readonly message: string
  /** The parser's words, where they are others. */
  readonly parser?: string
}

/** The least spec that is valid. */
export const leastSpec = { image: 'ghcr.io/acme/web', strategy: 'semver', applications: [{ name: 'web' }] }

const git = (git: unknown) => ({ writeBack: { method: 'git', git } })
const helm = (...helm: unknown[]) => ({ writeBack: { helm } })
const constraints = (constraints: unknown, strategy = 'semver') => ({ strategy, constraints })
const applications = (...applications: unknown[]) => ({ applications })

const withTag = 'write the repository without tag or digest, such as ghcr.io/acme/web: the strategy chooses the tag'
const noRegex = 'is not a regular expression of RE2'
const noGlob = 'is not a glob: close each [ by ]'
const noBranch = 'is no name of a branch'
const noRepository = 'is no URL of a git repository: write for example https://git.example.com/acme/config.git'
const notOfDigest = 'is not for strategy digest, which follows the one tag in constraints.tag: take it out'

/** Specs that API server and parser both refuse: every rule of the schema that has words of its own. */
export const refusals: readonly Refusal[] = [
  { spec: { image: 'ghcr.io/acme/web:1.2' }, path: 'spec.image', message: withTag, parser: 'tag' },
  { spec: { image: 'registry.example.com:5000' }, path: 'spec.image', message: withTag, parser: 'tag' },
  { spec: { image: `nginx@sha256:${'a'.repeat(64)}` }, path: 'spec.image', message: withTag, parser: 'digest' },
  {
    spec: { image: 'https://ghcr.io/acme/web' },
    path: 'spec.image',
    message: 'without https:// before it',
    parser: '',
  },
  { spec: { image: 'ghcr.io/Acme/web' }, path: 'spec.image', message: 'write a repository such as', parser: '' },
  { spec: { image: 'acme web' }, path: 'spec.image', message: 'write a repository such as', parser: '' },
  { spec: { image: 'ghcr.io/' }, path: 'spec.image', message: 'write a repository such as', parser: '' },
  { spec: { image: '/web' }, path: 'spec.image', message: 'write a repository such as', parser: '' },
  {
    spec: { registry: { insecure: true, certSecretRef: { name: 'ca' } } },
    path: 'spec.registry.certSecretRef',
    message: 'certSecretRef is of no use over plain HTTP: take it out, or insecure',
  },
  ...['aws', 'gcp', 'azure'].flatMap((provider) => [
    {
      spec: { registry: { provider, secretRef: { name: 'pull' } } },
      path: 'spec.registry.provider',
      message: 'a cloud brings its own credentials: take secretRef out, or provider',
    },
    {
      spec: { registry: { provider, insecure: true } },
      path: 'spec.registry.provider',
      message: 'credentials of a cloud are not sent over plain HTTP: take insecure out, or provider',
    },
  ]),
  {
    spec: constraints({ version: '^1' }, 'latest'),
    path: 'spec.constraints.version',
    message: 'version is for strategy semver only: take it out, or filter tags by allowTags',
  },
  {
    spec: constraints({ prereleases: false }, 'name'),
    path: 'spec.constraints.prereleases',
    message: 'prereleases is for strategy semver only: take it out',
  },
  {
    spec: constraints({ tag: 'main' }),
    path: 'spec.constraints.tag',
    message: 'tag is for strategy digest only: take it out, or follow this one tag by strategy: digest',
  },
  ...[{ strategy: 'digest' }, constraints({}, 'digest')].map((spec) => ({
    spec,
    path: 'spec.constraints.tag',
    message: 'strategy digest follows one tag: write which, such as tag: main',
  })),
  ...Object.entries({ allowTags: 'x', ignoreTags: ['x'], extract: '(x)' }).map(([name, value]) => ({
    spec: constraints({ tag: 'main', [name]: value }, 'digest'),
    path: `spec.constraints.${name}`,
    message: `${name} ${notOfDigest}`,
  })),
  ...[
    'latest',
    '~>',
    '1.2-',
    '1.x||',
    '1.0;2.0',
    '[1.0,2.0)',
    '1.2 || latest',
    '1.2.3.4',
    '1.2.3 foo',
    '|| 1',
    '> 1 <',
  ].map((version) => ({
    spec: constraints({ version }),
    path: 'spec.constraints.version',
    message: 'is not a version range: write for example ^1.2, ~1.4, 1.x, ">=1.2, <2.0" or "1.2 || 1.4"',
    parser: '',
  })),
  ...['(', '[a', 'a(?=b)', String.raw`(a)\1`, '*a', 'a{2000}'].flatMap((pattern) =>
    ['allowTags', 'extract'].map((name) => ({
      spec: constraints({ [name]: pattern }),
      path: `spec.constraints.${name}`,
      message: noRegex,
      parser: '',
    })),
  ),
  ...['[', '[]', '[a-]', '[^]', '[-a]', '[^-]', 'a[b-', 'a\\'].flatMap((glob) => [
    { spec: constraints({ ignoreTags: [glob] }), path: 'spec.constraints.ignoreTags[0]', message: noGlob, parser: '' },
    { spec: applications({ name: glob }), path: 'spec.applications[0].name', message: noGlob, parser: '' },
    {
      spec: applications({ name: 'web', namespace: glob }),
      path: 'spec.applications[0].namespace',
      message: noGlob,
      parser: '',
    },
  ]),
  ...[{}, { namespace: 'apps' }, { source: 0 }].map((entry) => ({
    spec: applications({ name: 'web' }, entry),
    path: 'spec.applications[1]',
    message: 'write name, selector or both: they say which Applications this entry links',
  })),
  ...[{}, { matchLabels: {} }, { matchExpressions: [] }].map((selector) => ({
    spec: applications({ selector }),
    path: 'spec.applications[0].selector',
    message: 'the selector is empty and would match everything; give matchLabels',
  })),
  ...[
    { operator: 'In' },
    { operator: 'NotIn', values: [] },
    { operator: 'Exists', values: ['a'] },
    { operator: 'DoesNotExist', values: ['a'] },
  ].map((expression) => ({
    spec: applications({ selector: { matchExpressions: [{ key: 'tier', ...expression }] } }),
    path: 'spec.applications[0].selector',
    message: 'operators In and NotIn need at least one of values, Exists and DoesNotExist take none',
    parser: `${expression.operator} of tier`,
  })),
  ...[{ name: 'image.repository' }, { registry: 'image.registry' }, {}].map((place) => ({
    spec: helm(place),
    path: 'spec.writeBack.helm[0]',
    message: 'write tag, spec or digest: the key that takes the tag, the whole image, or the digest',
  })),
  ...['name', 'tag', 'registry', 'digest'].map((name) => ({
    spec: { writeBack: { digest: 'withTag', helm: [{ tag: 'a.tag' }, { spec: 'image', [name]: 'b' }] } },
    path: 'spec.writeBack.helm[1].spec',
    message: 'spec takes the whole image and stands alone: take the other keys out of this entry',
  })),
  ...[{}, { digest: 'never' }].map((writeBack) => ({
    spec: { writeBack: { ...writeBack, helm: [{ tag: 'image.tag' }, { tag: 'b', digest: 'image.digest' }] } },
    path: 'spec.writeBack.digest',
    message: 'an entry of helm has digest, but no digests are written: write digest: withTag or only',
  })),
  {
    spec: { writeBack: { digest: 'only', helm: [{ digest: 'image.digest' }, { tag: 'image.tag' }] } },
    path: 'spec.writeBack.helm',
    message: 'with digest: only, each entry of helm needs digest or spec: write for example {digest: image.digest}',
  },
  {
    spec: { ...constraints({ tag: 'main' }, 'digest'), writeBack: { digest: 'never' } },
    path: 'spec.writeBack.digest',
    message: 'never is not for strategy digest, which would find nothing new to write',
  },
  ...[{ git: {} }, { git: { branch: 'main' }, method: 'argocd' }].map((writeBack) => ({
    spec: { writeBack },
    path: 'spec.writeBack.git',
    message: 'git is for method git only: write method: git, or take git out',
  })),
  ...['web:1.0', 'ghcr.io/acme/web@sha256:0', 'a=b', '-x', 'a b', 'host:port/web'].map((name) => ({
    spec: { writeBack: { kustomize: { name } } },
    path: 'spec.writeBack.kustomize.name',
    message: "is no image name: write it as it stands in the base's manifests, without tag and digest",
  })),
  ...[
    'https://user@git.example.com/a',
    'http://u:p@git.example.com/a',
    'https://@git.example.com/a',
    'ssh://git:secret@git.example.com/a',
  ].map((repository) => ({
    spec: git({ repository }),
    path: 'spec.writeBack.git.repository',
    message: 'credentials do not belong in a URL: take them out and name a Secret in secretRef',
  })),
  ...[
    'git://git.example.com/a',
    'git+ssh://git@git.example.com/a',
    'ssh://git@git.example.com',
    'ssh://git@-oProxyCommand/a',
    'git@git.example.com:',
    'git@-x:acme/config',
    'git@git.example.com:-x',
    'git@git.example.com:a b',
    'file:///srv/a',
    '/srv/a',
    'acme/config',
    'https://',
    'https:///a',
    'https://git.example.com',
    'https://git.example.com/',
    'https://git.example.com/a?b',
    'https://git.example.com/a b',
    'https://git.example.com/a#b',
    'git.example.com:5000/acme/config',
  ].map((repository) => ({ spec: git({ repository }), path: 'spec.writeBack.git.repository', message: noRepository })),
  ...['a <b>', 'x\u0007', ' Bot', 'Bot ', '...'].map((name) => ({
    spec: git({ commit: { author: { name, email: 'bot@example.com' } } }),
    path: 'spec.writeBack.git.commit.author.name',
    message: 'is no name that a commit can bear: write letters, without < and >, such as Image Updates',
  })),
  ...['bot', 'bot@', '@example.com', 'a b@example.com', '<bot@example.com>', 'a@b@c'].map((email) => ({
    spec: git({ commit: { author: { name: 'Bot', email } } }),
    path: 'spec.writeBack.git.commit.author.email',
    message: 'is no address: write for example image-updates@example.com',
  })),
  {
    spec: git({ branch: 'refs/heads/main' }),
    path: 'spec.writeBack.git.branch',
    message: 'is a reference: write the branch alone, such as main',
  },
  ...['a b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[0]', 'a\\b', 'a\tb', 'a\u007Fb'].map((branch) => ({
    spec: git({ branch }),
    path: 'spec.writeBack.git.branch',
    message: noBranch,
    parser: 'has a character that no branch may have',
  })),
  ...['/a', 'a/', 'a//b', 'a.', 'a..b', 'a@{1}', '@', '-a', '.a', 'a/.b', 'a.lock', 'a.lock/b'].map((branch) => ({
    spec: git({ branch }),
    path: 'spec.writeBack.git.branch',
    message: noBranch,
  })),
  ...pushBranchRefusals,
  ...['0s', '999ms', '8761h'].map((minAge) => ({
    spec: constraints({ minAge }),
    path: 'spec.constraints.minAge',
    message: 'must be from 1s to 8760h',
    parser: '8760h',
  })),
  ...[{ path: 'values.yaml' }, { path: 'values.yaml', target: 'override' }].map((where) => ({
    spec: git(where),
    path: 'spec.writeBack.git.path',
    message: 'path is not for target override',
  })),
  ...[
    { createKeys: true },
    { createKeys: false, target: 'override' },
    { createKeys: true, target: 'kustomization' },
  ].map((where) => ({
    spec: git(where),
    path: 'spec.writeBack.git.createKeys',
    message: 'createKeys is for target helmValues only',
  })),
  ...['a\\b', 'a\tb', 'a\u007Fb'].map((path) => ({
    spec: git({ target: 'helmValues', path }),
    path: 'spec.writeBack.git.path',
    message: 'is no path: write it with /',
  })),
  ...['.git/config', 'a/.GIT'].map((path) => ({
    spec: git({ target: 'helmValues', path }),
    path: 'spec.writeBack.git.path',
    message: 'leads into .git',
  })),
  ...['0s', '999ms', '0.5s', '8761h', '99999999999h'].map((interval) => ({
    spec: { interval },
    path: 'spec.interval',
    message: 'must be from 1s to 8760h',
    parser: '',
  })),
]

const expressions = [
  { key: 'app.kubernetes.io/name', operator: 'In', values: ['web', ''] },
  { key: 'tier', operator: 'NotIn', values: ['back'] },
  { key: 'team', operator: 'Exists' },
  { key: 'frozen', operator: 'DoesNotExist', values: [] },
]

/** What is put into {@link leastSpec} to make a spec that API server and parser both accept. */
export const acceptances: readonly Readonly<Record<string, unknown>>[] = [
  {},
  ...[
    'nginx',
    'library/nginx',
    'docker.io/nginx',
    'localhost/app',
    'localhost:5000/app',
    '[::1]:5000/app',
    'Harbor.example.com/a/b__c/d-e.f',
  ].map((image) => ({ image })),
  ...['latest', 'name', 'numerical'].flatMap((strategy) => [
    { strategy },
    constraints({ allowTags: '^x', ignoreTags: ['*-debug'], extract: '(.+)', allowDowngrade: true }, strategy),
  ]),
  ...[
    '^1.2',
    '~1.4.1',
    '1.x',
    '*',
    '>=1.2, <2.0',
    '>= 1.2 <2.0',
    '>1.0 || 0.9',
    '1||2 - 3',
    '1.2 - 1.4.5',
    '=>1 =<2',
    '^1.2-beta',
    '1.x-0',
    '>=1.0.0-rc.1+build.7',
    '!=2.x',
    'v1.2.3',
    '~>1',
    '^1.0 ^2.0',
    ' 1.2 ',
  ].map((version) => constraints({ version, prereleases: true })),
  constraints({ tag: 'main', allowDowngrade: false }, 'digest'),
  constraints({
    allowTags: String.raw`(?i)^v?\d+(?:\.\d+)*$`,
    ignoreTags: ['[^a-z]?\\*', '[\\]\\-]', '**', '[!a]', ']', '[^^-z]', '[a^]', '[\\^a-bc]'],
    extract: '^(x|y)-(?P<version>.+)$',
  }),
  { ...constraints({ tag: 'main' }, 'digest'), writeBack: { helm: [{ tag: 'image.tag', digest: 'image.digest' }] } },
  { ...constraints({ tag: 'main' }, 'digest'), writeBack: { digest: 'only', helm: [{ spec: 'image' }] } },
  constraints({ tag: `_${'-.Z9'.repeat(31)}aaa` }, 'digest'),
  helm(...Array.from({ length: 20 }, (_, index) => ({ tag: `images[${index}].tag` }))),
  { constraints: {}, writeBack: {}, registry: {} },
  { constraints: null, writeBack: { git: null, helm: null }, interval: null },
  applications(
    { name: 'web-*', selector: { matchLabels: { tier: 'front', 'acme.io/a': '' } }, namespace: 'team-?', source: 2 },
    { selector: { matchExpressions: expressions } },
    { name: 'web', source: 'chart' },
    { name: 'web', source: '7' },
    { name: 'web', source: 'values 2' },
  ),
  {
    writeBack: {
      method: 'argocd',
      digest: 'withTag',
      refresh: false,
      kustomize: { name: 'localhost:5000/acme/web' },
      helm: [
        { name: 'image.repository', registry: 'image.registry', tag: 'image.tag', digest: 'image.digest' },
        { spec: String.raw`workers[0].app\.kubernetes\.io/image` },
        { tag: 'a[0][12].b_c-d' },
      ],
    },
  },
  git({
    repository: 'https://git.example.com:8443/acme/_git/config%20x.git',
    branch: 'release/1.x',
    secretRef: { name: 'git.creds-1' },
    commit: { message: 'chore: {{ range .Changes }}{{ .To }}{{ end }}' },
  }),
  git({ repository: 'http://[::1]:3000/config', branch: 'HEAD' }),
  git({ commit: { per: 'lane', signOff: false, author: { name: 'Zoë’s Bot (prod)', email: 'bot+1@localhost' } } }),
  git({ repository: 'git@git.example.com:acme/config.git' }),
  git({ repository: 'ssh://git.example.com:2222/~acme/config.git' }),
  git({ repository: 'ssh://git@[::1]/acme/config.git' }),
  git({ branch: 'feature/ä@b' }),
  ...pushBranches.map((pushBranch) => git({ branch: 'main', pushBranch })),
  git({ target: 'override' }),
  git({ target: 'helmValues', createKeys: true }),
  git({ target: 'kustomization', path: '../base' }),
  git({ target: 'manifests' }),
  ...[
    'values.yaml',
    '../shared/values.yaml',
    '/envs/prod/values.yaml',
    '$values/envs/{{ .AppName }}.yaml',
    'envs/{{.Labels.env}}/{{ index .Annotations "acme.io/file" }}',
  ].map((path) => git({ target: 'helmValues', path })),
  { writeBack: { method: 'git' } },
  { registry: { secretRef: { name: 'pull-secret' }, insecure: true } },
  { registry: { serviceAccountName: 'web.1', certSecretRef: { name: 'ca' }, insecure: false } },
  { registry: { secretRef: { name: 'pull-secret' }, serviceAccountName: 'web' } },
  { registry: { provider: 'generic', secretRef: { name: 'pull-secret' }, insecure: true } },
  ...['aws', 'gcp', 'azure'].map((provider) => ({
    registry: { provider, serviceAccountName: 'web', insecure: false, certSecretRef: { name: 'ca' } },
  })),
  ...['hold', 'overwrite'].map((whenReverted) => ({ whenReverted })),
  ...['1s', '24h', '168h', '1.5h'].map((minAge) => constraints({ minAge, platforms: ['linux/amd64'] }, 'name')),
  ...['linux/amd64', 'linux/arm/v6', 'Linux/AMD64', 'linux/x86_64', 'windows/amd64', 'linux/arm64/v8'].map((platform) =>
    constraints({ platforms: [platform, 'linux/arm64'], tag: 'main' }, 'digest'),
  ),
  ...['1s', '1000ms', '5m', '1h30m', '1.5h', '168h', '8760h'].map((interval) => ({ interval, suspend: true })),
]
