import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Project } from '../../../src/core/applications/application.ts'
import { secretTypeLabel, type SecretContent } from '../../../src/core/git/git-credential.ts'
import { admitsRepository, lend, type Loan, type LoanRequest } from '../../../src/core/git/lending.ts'
import { application, source } from '../build-application.ts'

const url = 'https://git.example.com/acme/config.git'

function secret(name: string, type: string, data: Record<string, string> = {}, namespace = 'argocd'): SecretContent {
  const all = { url, password: 'x', ...data }
  const encoded = Object.entries(all).map(([key, value]) => [key, Buffer.from(value)])
  return { namespace, name, labels: { [secretTypeLabel]: type }, data: Object.fromEntries(encoded) }
}

function project(parts: Partial<Project> = {}): Project {
  return { namespace: 'argocd', name: 'default', sourceNamespaces: [], sourceRepos: ['*'], ...parts }
}

function request(parts: Partial<LoanRequest> = {}): LoanRequest {
  return {
    url,
    path: 'apps/web/.argocd-source-web.yaml',
    branch: undefined,
    application: application(),
    project: project(),
    policyNamespace: 'argocd',
    argocdNamespace: 'argocd',
    ...parts,
  }
}

function outcome(loan: Loan): string {
  return loan.kind === 'lent' ? loan.secret.name : loan.kind
}

const plain = secret('plain', 'repository')
const prefix = secret('prefix', 'repo-creds', { url: 'https://git.example.com/acme' })
const longer = secret('longer', 'repo-creds', { url: 'https://git.example.com/acme/config' })
const write = secret('write', 'repository-write')
const writePrefix = secret('write-prefix', 'repo-write-creds', { url: 'https://git.example.com' })
const empty = secret('empty', 'repository', { password: '' })
const scoped = secret('scoped', 'repository', { project: 'default' })
const foreign = secret('foreign', 'repository', { project: 'other' })

const choices: readonly [name: string, secrets: SecretContent[], chosen: string][] = [
  ['the repository’s own Secret', [prefix, plain], 'plain'],
  ['the longest prefix', [prefix, longer], 'longer'],
  ['the longest prefix, in whatever order', [longer, prefix], 'longer'],
  ['a prefix where the repository’s own holds no credential', [empty, prefix], 'prefix'],
  ['the one for writing first', [plain, longer, write], 'write'],
  ['a prefix for writing before one that is for reading', [plain, writePrefix], 'write-prefix'],
  ['the project’s own before one for all', [plain, scoped], 'scoped'],
  ['none of another project', [foreign], 'none'],
  ['none of another repository', [secret('b', 'repository', { url: 'https://git.example.com/acme/other' })], 'none'],
  ['none for a host that only begins alike', [secret('c', 'repo-creds', { url: 'https://git.example.co' })], 'none'],
  ['none for a Helm repository', [secret('d', 'repository', { type: 'helm' })], 'none'],
  ['one of type git', [secret('e', 'repository', { type: 'git' })], 'e'],
  ['none of another namespace', [secret('f', 'repository', {}, 'team-a')], 'none'],
  ['none of another kind', [secret('g', 'cluster')], 'none'],
  ['none', [], 'none'],
]
for (const [name, secrets, chosen] of choices) {
  test(`chooses ${name}`, () => assert.equal(outcome(lend(request(), secrets)), chosen))
}

const other = { url: 'https://git.example.com/acme/secret.git' }
const refusals: readonly [name: string, parts: Partial<LoanRequest>, says: RegExp][] = [
  ['for another repository', other, /not that of a source of the Application/],
  [
    'for the repository of a chart',
    { application: application({ sources: [source({ chart: 'web', path: undefined })] }) },
    /not that of a source/,
  ],
  ['without its AppProject', { project: undefined }, /AppProject default was not found/],
  [
    'for what the AppProject does not admit',
    { project: project({ sourceRepos: ['https://git.example.com/other/*'] }) },
    /AppProject default does not admit the repository/,
  ],
  ['for another folder', { path: 'apps/api/.argocd-source-api.yaml' }, /not under the source’s path/],
  ['for a folder whose name begins alike', { path: 'apps/web-2/x.yaml' }, /not under the source’s path/],
  ['for a path that leaves the folder', { path: 'apps/web/../api/x.yaml' }, /not under the source’s path/],
  [
    'for a source that only lends files',
    { application: application({ sources: [source({ ref: 'values', path: undefined })] }) },
    /not under the source’s path/,
  ],
  ['for another branch', { branch: 'production' }, /branch production is not the source’s own/],
  [
    'for an Application that Argo CD does not work on',
    { application: application({ namespace: 'team-a' }), policyNamespace: 'team-a' },
    /does not admit Applications of namespace team-a/,
  ],
]
for (const [name, parts, says] of refusals) {
  test(`lends nothing ${name}`, () => {
    const loan = lend(request(parts), [plain, secret('s', 'repository', other)])
    assert.ok(loan.kind === 'refused')
    assert.match(loan.message, says)
    assert.match(loan.message, /set writeBack\.git\.secretRef$/)
  })
}

const branches: readonly [
  targetRevision: string | undefined,
  branch: string | undefined,
  lent: 'yes' | 'if HEAD' | 'no',
][] = [
  ['main', undefined, 'yes'],
  ['main', 'main', 'yes'],
  ['refs/heads/main', 'main', 'yes'],
  ['main', 'next', 'no'],
  ['HEAD', undefined, 'yes'],
  ['HEAD', 'main', 'if HEAD'],
  [undefined, 'main', 'if HEAD'],
  ['', 'main', 'if HEAD'],
  ['v1.0.0', 'main', 'no'],
]
for (const [targetRevision, branch, lent] of branches) {
  test(`a source at ${targetRevision ?? 'nothing'}, branch ${branch ?? 'not given'}: ${lent}`, () => {
    const loan = lend(request({ branch, application: application({ sources: [source({ targetRevision })] }) }), [plain])
    assert.equal(loan.kind === 'lent' ? (loan.onlyIfRemoteHead ? 'if HEAD' : 'yes') : 'no', lent)
  })
}

const values = (...valueFiles: string[]) => ({ parameters: undefined, valueFiles })
const referring = application({
  sources: [
    source({
      repoURL: 'https://charts.example.com',
      path: undefined,
      chart: 'web',
      helm: values('$values/envs/prod.yaml'),
    }),
    source({ path: undefined, ref: 'values', targetRevision: 'main' }),
  ],
})
const sharing = application({ sources: [source({ helm: values('../shared/values.yaml', '/envs/prod.yaml') })] })
const patterned = application({ sources: [source({ helm: values('/envs/*/$ARGOCD_APP_NAME.yaml') })] })
const named: readonly [name: string, parts: Partial<LoanRequest>, lent: boolean][] = [
  ['a file that another source names by ref', { application: referring, path: 'envs/prod.yaml' }, true],
  ['a file beside it', { application: referring, path: 'envs/dev.yaml' }, false],
  ['it on another branch', { application: referring, path: 'envs/prod.yaml', branch: 'next' }, false],
  ['a file in another folder that the source names', { application: sharing, path: 'apps/shared/values.yaml' }, true],
  ['a file that the source names from the root', { application: sharing, path: 'envs/prod.yaml' }, true],
  ['a file that nobody names', { application: sharing, path: 'envs/dev.yaml' }, false],
  ['a file that a pattern matches', { application: patterned, path: 'envs/eu/web.yaml' }, true],
  ['a file that it does not match', { application: patterned, path: 'envs/web.yaml' }, false],
  ['a look for the pattern', { application: patterned, path: 'envs/*/web.yaml' }, true],
]
for (const [name, parts, lent] of named)
  test(`for ${name} ${lent ? 'it is' : 'nothing is'} lent`, () =>
    assert.equal(lend(request(parts), [plain]).kind === 'lent', lent))

const team = { policyNamespace: 'team-a', project: project({ sourceNamespaces: ['team-a'] }) }
const outside: readonly [name: string, secrets: SecretContent[], chosen: string][] = [
  ['the project’s own', [plain, scoped], 'scoped'],
  ['none that is for all', [plain, prefix], 'refused'],
  ['none of another project', [foreign], 'none'],
  [
    'a prefix of the project',
    [plain, secret('p', 'repo-creds', { url: 'https://git.example.com', project: 'default' })],
    'p',
  ],
]
for (const [name, secrets, chosen] of outside) {
  test(`a policy outside Argo CD’s namespace gets ${name}`, () => {
    assert.equal(outcome(lend(request(team), secrets)), chosen)
    const own = { ...team, application: application({ namespace: 'team-a' }) }
    assert.equal(outcome(lend(request(own), secrets)), chosen, 'also for an Application of its own namespace')
  })
}

test('insecure in the repository’s own Secret counts also where the credential is another’s', () => {
  const insecure = secret('i', 'repository', { password: '', insecure: 'true' })
  for (const [secrets, expected] of [
    [[insecure, prefix], true],
    [[insecure], true],
    [[plain], false],
  ] as const) {
    const loan = lend(request(), secrets)
    assert.equal(loan.kind !== 'refused' && loan.insecure, expected)
  }
})

const admissions: readonly [sourceRepos: string[], admitted: boolean][] = [
  [['*'], true],
  [[], false],
  [['https://git.example.com/acme/config'], true],
  [['https://GIT.example.com/acme/config.git'], true],
  [['https://git.example.com/*'], false],
  [['https://git.example.com/*/*'], true],
  [['https://git.example.com/**'], true],
  [['https://*.example.com/acme/*'], true],
  [['*', '!https://git.example.com/acme/config'], false],
  [['!https://git.example.com/acme/*', '*'], false],
  [['*', '!https://git.example.com/other/*'], true],
  [['!https://git.example.com/other/*'], false],
  [['https://{git,hg}.example.com/acme/config'], false],
]
for (const [sourceRepos, admitted] of admissions) {
  test(`sourceRepos ${JSON.stringify(sourceRepos)} ${admitted ? 'admit' : 'do not admit'} ${url}`, () => {
    assert.equal(admitsRepository(project({ sourceRepos }), url), admitted)
  })
}

test('a regular expression in sourceNamespaces admits an Application as Argo CD reads it', () => {
  const rows: readonly [string, string][] = [
    ['/^team-/', 'scoped'],
    ['/^other/', 'refused'],
    ['/(?!x)team/', 'refused'],
  ]
  for (const [expression, chosen] of rows) {
    const parts = {
      policyNamespace: 'team-a',
      project: project({ sourceNamespaces: [expression] }),
      application: application({ namespace: 'team-a' }),
    }
    assert.equal(outcome(lend(request(parts), [scoped])), chosen, expression)
  }
})
