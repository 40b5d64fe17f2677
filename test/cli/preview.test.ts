import assert from 'node:assert/strict'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { codeBlocks, textOf } from '../markdown.ts'
import { goldenFolders } from '../core/targets/golden.ts'
import { previewFolder, source, type PreviewFolder } from './preview-folder.ts'
import { invoke } from './invoke.ts'

const worlds: PreviewFolder[] = []
after(async () => void (await Promise.all(worlds.map((world) => world.remove()))))

async function world(...parts: Parameters<typeof previewFolder>): Promise<PreviewFolder> {
  const made = await previewFolder(...parts)
  worlds.push(made)
  return made
}

const git = (target: 'override' | 'helmValues' | 'kustomization' | 'manifests', more: object = {}) =>
  ({ writeBack: { method: 'git', git: { target, ...more } } }) as Partial<ImageUpdatePolicySpec>
const values = 'image:\n  tag: "1.4.2"\n'
const chart = { 'web/Chart.yaml': 'name: web\n', 'web/values.yaml': values }
const argocd: Partial<ImageUpdatePolicySpec> = { writeBack: { method: 'argocd' } }

describe('the diff is what the golden folders say, and git applies it', () => {
  const targets = [
    ['helm-values', 'helmValues', 'values.yaml', { 'web/Chart.yaml': '' }],
    ['kustomization', 'kustomization', 'kustomization.yaml', {}],
    ['manifests', 'manifests', 'pod.yaml', {}],
  ] as const
  const names = ['plain', 'crlf', 'no-last-line-end', 'new-tag', 'add-list-no-line-end', 'add-entry', 'byte-order-mark']
  const more = ['deployment', 'documents', 'cron-job', 'unicode', 'two-documents']
  for (const [golden, target, file, files] of targets)
    for (const { name, before } of goldenFolders(golden).filter((each) => [...names, ...more].includes(each.name)))
      test(`${golden}/${name}`, async () => {
        const wanted = await textOf(`test/golden/${golden}/${name}/after.yaml`)
        const { git: run, preview, directory } = await world(git(target), { ...files, [`web/${file}`]: before ?? '' })
        const { status, out, err } = await preview('--tag', '1.5.0')
        assert.deepEqual([status, err], [0, ''])
        await applied(run, directory, out)
        assert.equal(await readFile(join(directory, 'web', file), 'utf8'), wanted)
        assert.deepEqual(await preview('--tag', '1.5.0', '--exit-code'), {
          status: 0,
          out: '',
          err: 'nothing would be written\n',
        })
      })

  test('a new file too, in folders with spaces and other letters', async () => {
    const spaced = { spec: { source: { ...source, path: 'wéb one' } } }
    const { git: run, preview, directory } = await world(git('override'), { 'wéb one/Chart.yaml': '' }, spaced)
    const { out } = await preview('--tag', '1.5.0')
    await applied(run, directory, out)
    assert.match(await readFile(join(directory, 'wéb one/.argocd-source-web.yaml'), 'utf8'), /value: "1\.5\.0"/)
    assert.equal((await preview('--tag', '1.5.0')).err, 'nothing would be written\n')
    const second = await preview('--tag', '1.6.0')
    assert.match(second.out, /^--- "a\/.* one\/.*"\t\n\+\+\+ "b\/.* one\/.*"\t$/m)
    await applied(run, directory, second.out)
    assert.match(await readFile(join(directory, 'wéb one/.argocd-source-web.yaml'), 'utf8'), /value: "1\.6\.0"/)
  })

  test('the same, whatever branch it would be pushed to', async () => {
    const files = { 'web/Chart.yaml': '', 'web/values.yaml': 'image: {tag: 1.4.2}\n' }
    const spec = { writeBack: { method: 'git', git: { target: 'helmValues', pushBranch: 'updates' } } } as const
    const { report } = await world(spec, files)
    assert.deepEqual(await report('--tag', '1.5.0'), {
      status: 0,
      kind: 'git',
      files: [{ path: 'web/values.yaml', before: files['web/values.yaml'], after: 'image: {tag: 1.5.0}\n' }],
    })
  })

  test('several files at once', async () => {
    const pod = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: "ghcr.io/acme/web:1.4.2"}]}\n'
    const { report } = await world(git('manifests'), { 'web/a.yaml': pod, 'web/b/c.yaml': pod, 'other/d.yaml': pod })
    const { kind, ...rest } = await report('--tag', '1.5.0')
    assert.equal(kind, 'git')
    const written = pod.replace('1.4.2', '1.5.0')
    assert.deepEqual(rest, {
      status: 0,
      files: ['web/a.yaml', 'web/b/c.yaml'].map((path) => ({ path, before: pod, after: written })),
    })
  })
})

async function applied(run: PreviewFolder['git'], directory: string, diff: string): Promise<void> {
  await run('init', '--quiet')
  await writeFile(join(directory, '../change.diff'), diff)
  await run('apply', '--whitespace=nowarn', '../change.diff')
}

describe('method argocd', () => {
  const application = { spec: { source: { ...source, helm: { parameters: [{ name: 'image.tag', value: '1.4.2' }] } } } }
  const patch = [
    { op: 'test', path: '/spec/source/helm/parameters/0/name', value: 'image.tag' },
    { op: 'test', path: '/spec/source/helm/parameters/0/value', value: '1.4.2' },
    { op: 'replace', path: '/spec/source/helm/parameters/0/value', value: '1.5.0' },
    { op: 'add', path: '/spec/source/helm/parameters/0/forceString', value: true },
  ]

  test('gives the patch, an operation a line, or as JSON', async () => {
    const { preview, report } = await world(argocd, {}, application)
    const { status, out } = await preview('--tag', '1.5.0', '--exit-code')
    assert.deepEqual([status, JSON.parse(out), out.trimEnd().split('\n').length], [1, patch, 6])
    assert.deepEqual(await report('--tag', '1.5.0'), { status: 0, kind: 'application', patch })
  })

  test('writes digests that are told, and asks for those that are not', async () => {
    const digest = `sha256:${'a'.repeat(64)}`
    const { preview, report } = await world({ writeBack: { method: 'argocd', digest: 'withTag' } }, chart)
    const told = await report('--tag', '1.5.0', '--digest', digest)
    assert.ok(told.kind === 'application')
    assert.match(JSON.stringify(told.patch), new RegExp(`"1.5.0@${digest}"`))
    const wanted = { status: 2, out: '', err: 'the policy writes digests: give --digest\n' }
    assert.deepEqual(await preview('--tag', '1.5.0'), wanted)
    const listed = { ...wanted, err: 'the policy writes digests: the list does not tell that of 1.3.0\n' }
    assert.deepEqual(await preview('--tags', '-'), listed)
  })
})

interface Refused {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  readonly spec?: Partial<ImageUpdatePolicySpec>
  readonly application?: object
  readonly link?: readonly [path: string, to: string]
  readonly says: readonly [path: string | null, line: number | null, reason: string, message: RegExp]
  /** What is said before. */
  readonly remark?: string
}

const refusals: readonly Refused[] = [
  {
    name: 'an alias, by its line',
    files: { 'web/Chart.yaml': '', 'web/values.yaml': 'base: &b\n  tag: 1.4.2\nimage: *b\n' },
    says: ['web/values.yaml', 3, 'TargetUnsupported', /^web\/values\.yaml: line 3: .* alias/],
  },
  {
    name: 'a broken file, by its line',
    files: { 'web/Chart.yaml': '', 'web/values.yaml': 'a: 1\nimage: {tag: 1\n' },
    says: ['web/values.yaml', 2, 'TargetUnsupported', /^web\/values\.yaml: line 2: /],
  },
  {
    name: 'a missing key',
    files: { 'web/Chart.yaml': '', 'web/values.yaml': 'a: 1\n' },
    says: ['web/values.yaml', null, 'TargetNotFound', /there is no key image\.tag/],
  },
  {
    name: 'a missing file',
    files: { 'web/Chart.yaml': '' },
    says: ['web/values.yaml', null, 'TargetNotFound', /^there is no file web\/values\.yaml/],
  },
  {
    name: 'a file that is a link',
    files: { 'web/Chart.yaml': '', 'other.yaml': values },
    link: ['web/values.yaml', '../other.yaml'],
    says: [
      'web/values.yaml',
      null,
      'TargetUnsupported',
      /^web\/values\.yaml is a symbolic link, which is not followed$/,
    ],
  },
  {
    name: 'a folder that is a link, also out of the directory',
    files: { 'web/Chart.yaml': '' },
    spec: git('helmValues', { path: 'out/hosts.yaml' }),
    link: ['web/out', '/etc'],
    says: ['web/out', null, 'TargetUnsupported', /^web\/out is a symbolic link, which is not followed$/],
  },
  {
    name: 'manifests in a folder that is a link',
    files: { 'web/Chart.yaml': '' },
    spec: git('manifests', { path: 'out' }),
    link: ['web/out', '/etc'],
    says: ['web/out', null, 'TargetUnsupported', /^web\/out is a symbolic link/],
  },
  {
    name: 'a path of the policy that leaves the directory',
    files: chart,
    spec: git('manifests', { path: '../../web' }),
    says: [null, null, 'TargetUnsupported', /leaves the repository/],
  },
  {
    name: 'a source whose folder is outside the directory',
    files: chart,
    spec: git('override'),
    application: { spec: { source: { ...source, path: '../web', helm: { releaseName: 'web' } } } },
    says: [null, null, 'TargetUnsupported', /\.\./],
  },
  {
    name: 'what Git LFS keeps',
    files: { 'web/Chart.yaml': '', 'web/values.yaml': 'version https://git-lfs.github.com/spec/v1\n' },
    says: ['web/values.yaml', null, 'TargetUnsupported', /is kept in Git LFS/],
  },
  {
    name: 'what Git LFS keeps, though its content stands in the working copy',
    files: { ...chart, '.gitattributes': 'values.yaml filter=lfs\n' },
    says: ['web/values.yaml', null, 'TargetUnsupported', /^web\/values\.yaml is kept in Git LFS .*git lfs untrack/],
  },
  {
    name: 'what is encrypted in git, and not in the working copy',
    files: { ...chart, 'web/.gitattributes': 'values.yaml filter=git-crypt diff=git-crypt\n' },
    says: ['web/values.yaml', null, 'TargetUnsupported', /^web\/values\.yaml is encrypted/],
  },
  {
    name: 'a new file that would have to be encrypted',
    files: { ...chart, '.gitattributes': '.argocd-source* filter=git-crypt\n' },
    spec: git('override'),
    says: ['web/.argocd-source-web.yaml', null, 'TargetUnsupported', /is encrypted/],
  },
  {
    name: 'a submodule',
    files: { 'web/Chart.yaml': '', 'web/sub/.git': 'gitdir: x\n', 'web/sub/values.yaml': values },
    spec: git('helmValues', { path: 'sub/values.yaml' }),
    says: ['web/sub', null, 'TargetUnsupported', /^web\/sub is a submodule$/],
  },
  {
    name: 'plain manifests, for which Argo CD takes no parameters',
    files: { 'web/pod.yaml': '' },
    spec: argocd,
    says: [null, null, 'TargetUnsupported', /is of type Directory/],
  },
  {
    name: 'an Application that the policy does not link',
    files: chart,
    application: { metadata: { name: 'shop' }, spec: { source } },
    says: [null, null, 'ApplicationNotFound', /^no Application matches name web in namespace argocd$/],
  },
  {
    name: 'a push branch that has no name for the Application',
    files: { 'web/Chart.yaml': '', 'web/values.yaml': 'image: {tag: 1.4.2}\n' },
    spec: { writeBack: { method: 'git', git: { target: 'helmValues', pushBranch: 'updates/{{ .Labels.team }}' } } },
    says: [null, null, 'BranchUnknown', /has no label team, which writeBack\.git\.pushBranch needs/],
  },
  {
    name: 'a source of which neither status nor folder tells the type',
    files: {},
    says: [null, null, 'ApplicationNotReady', /has not compared/],
    remark: '--directory has no folder web, the path of source 0: name the root of its repository\n',
  },
]

describe('refused, in words, with exit status 1:', () => {
  for (const { name, files, spec = git('helmValues'), application, link, says, remark = '' } of refusals)
    test(name, async () => {
      const { directory, preview, report } = await world(spec, files, application)
      if (link !== undefined) await symlink(link[1], join(directory, link[0]))
      const told = await report('--tag', '1.5.0')
      assert.ok(told.kind === 'refused', JSON.stringify(told))
      const [path, line, reason, message] = says
      assert.deepEqual([told.status, told.path, told.line, told.reason], [1, path, line, reason], told.message)
      assert.match(told.message, message)
      assert.deepEqual(await preview('--tag', '1.5.0'), {
        status: 1,
        out: '',
        err: `${remark}${told.reason}: ${told.message}\n`,
      })
    })
})

test('line ends that git keeps otherwise than the working copy are told of', async () => {
  const crlf = { 'web/Chart.yaml': '', 'web/values.yaml': values.replaceAll('\n', '\r\n') }
  const told = await world(git('helmValues'), { ...crlf, '.gitattributes': '* text=auto eol=crlf\n' })
  const { status, out, err } = await told.preview('--tag', '1.5.0')
  assert.match(out, /^\+ {2}tag: "?1\.5\.0"?\r$/m)
  assert.equal(status, 0)
  assert.match(
    err,
    /^web\/values\.yaml: by \.gitattributes git keeps it with LF at its line ends, .* here they are CRLF\n$/,
  )
  const silent = await world(git('helmValues'), { ...crlf, '.gitattributes': '* -text\n' })
  assert.equal((await silent.preview('--tag', '1.5.0')).err, '')
})

describe('the list of tags', () => {
  test('is chosen from, and a gate holds what it would hold', async () => {
    const { preview, report } = await world(git('helmValues'), chart)
    assert.deepEqual(await report('--tags', '-'), { status: 0, kind: 'unchanged' })
    assert.match((await preview('--tags', '-')).err, /^gate Downgrade holds it: 1\.4\.2 ranks above the choice 1\.3\.0/)
    const free = await world({ ...git('helmValues'), constraints: { allowDowngrade: true } }, chart)
    assert.match((await free.preview('--tags', '-')).out, /^\+ {2}tag: "1\.3\.0"$/m)
    const none = await world({ ...git('helmValues'), constraints: { version: '>=9' } }, chart)
    assert.deepEqual(await none.preview('--tags', '-', '--exit-code'), {
      status: 0,
      out: '',
      err: 'none of 1 tags qualifies: 1 OutOfRange (1.3.0)\nnothing would be written\n',
    })
  })
})

describe('used wrongly:', () => {
  const rows: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /^--tag or --tags is required/],
    [['--tag', '1.5.0', '--tags', '-'], /^--tag and --tags are both given/],
    [['--tags', '-', '--digest', 'sha256:ab'], /^--digest goes with --tag/],
    [['--tag', 'a/b:1'], /^--tag "a\/b:1" can't be a tag/],
    [['--tag', '1', '--digest', 'x'], /^--digest "x" is no digest/],
    [['--tag', '1', '--exit-code=yes'], /^--exit-code takes no value: leave it out/],
    [['--tag', '1', '-o', 'yaml'], /^-o "yaml" is none of diff, json/],
  ]
  for (const [args, says] of rows)
    test(args.join(' ') || 'nothing is to be written', async () => {
      const { status, out, err } = await (await world(git('helmValues'), chart)).preview(...args)
      assert.deepEqual([status, out], [2, ''])
      assert.match(err, says)
    })

  test('without files, all is said at once', async () => {
    const { status, err } = await invoke(['preview', '--directory', '/nowhere/at/all', '--tag', '1'])
    assert.deepEqual(
      [status, err.trimEnd().split('\n')],
      [
        2,
        [
          '-f is required: the file with the policy; see preview --help',
          '--application is required: the file with the Application; see preview --help',
          '--directory "/nowhere/at/all" is no folder',
        ],
      ],
    )
  })

  test('with faults in the policy, and a file that holds no Application', async () => {
    const { directory } = await world({ strategy: 'no' as 'name' }, { 'app.yaml': 'kind: Pod\nmetadata: {name: x}\n' })
    const policy = join(directory, '../policy.json')
    const args = ['-f', policy, '--application', join(directory, 'app.yaml'), '--directory', directory, '--tag', '1']
    const { status, err } = await invoke(['preview', ...args])
    assert.equal(status, 2)
    assert.match(err, /spec\.strategy: must be .*\n.*app\.yaml holds no Application/)
  })
})

test('docs/cli.md shows what is printed', async () => {
  const [, below = ''] = (await textOf('docs/cli.md')).split('\n## preview\n')
  const [policy = ''] = codeBlocks(below, 'yaml')
  const [diff = ''] = codeBlocks(below, 'diff')
  const text = 'replicas: 2\nimage:\n  repository: ghcr.io/acme/web\n  tag: "1.4.2" # kept up to date\n'
  const files = { 'charts/web/Chart.yaml': 'name: web\n', 'charts/web/values.yaml': text, 'policy.yaml': policy }
  const { directory } = await world({}, files, { spec: { source: { ...source, path: 'charts/web' } } })
  const given = ['-f', join(directory, 'policy.yaml'), '--application', join(directory, '../app.json')]
  const { out } = await invoke(['preview', ...given, '--directory', directory, '--tag', '1.5.0'])
  assert.equal(out.trimEnd(), diff.trimEnd())
})

test('of an Application with a source hydrator the dry source is written to, and its type told by its folder', async () => {
  const syncSource = { targetBranch: 'env/prod', path: 'rendered' }
  const hydrated = { spec: { sourceHydrator: { drySource: source, syncSource } }, status: { sourceType: 'Directory' } }
  const written = await (await world(git('override'), chart, hydrated)).report('--tag', '1.5.0')
  assert.equal(written.kind, 'git')
  assert.ok('files' in written)
  assert.deepEqual(
    written.files.map(({ path }) => path),
    ['web/.argocd-source-web.yaml'],
  )
  const patched = await (await world(argocd, chart, hydrated)).report('--tag', '1.5.0')
  assert.ok(patched.kind === 'refused')
  assert.match(patched.message, /rendered by the source hydrator/)
})

test('values files of several repositories: one folder stands for one of them, which the policy has to name', async () => {
  const lent = { repoURL: 'https://git.example.com/acme/values.git', ref: 'values', targetRevision: 'main' }
  const sources = [{ ...source, helm: { valueFiles: ['$values/*.yaml'] } }, lent]
  const spread = { spec: { sources }, status: { sourceTypes: ['Helm', ''] } }
  const unnamed = await (await world(git('helmValues'), chart, spread)).report('--tag', '1.5.0')
  assert.ok(unnamed.kind === 'refused')
  assert.match(
    unnamed.message,
    /--directory stands for .*: set writeBack\.git\.repository to the one that is written to$/,
  )
  const named = git('helmValues', { repository: lent.repoURL })
  const written = await (await world(named, { 'prod.yaml': values }, spread)).report('--tag', '1.5.0')
  assert.ok('files' in written)
  assert.deepEqual(
    written.files.map(({ path }) => path),
    ['prod.yaml'],
  )
})
