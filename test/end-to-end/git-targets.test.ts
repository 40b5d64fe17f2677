// The targets of method git beyond override: what stands in a repository's own files is edited byte for byte.
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { largeValues } from '../large-values.ts'
import { pushImage } from '../servers/image.ts'
import { waitFor } from '../servers/poll.ts'
import { chartFiles, kustomizationFiles, startWorld, type World } from './world.ts'

let world: World
before(async () => {
  world = await startWorld()
  await world.operator.start('--interval=2s')
})
after(() => world.stop())

const helmValues = (git: object = {}) => ({ method: 'git', git: { target: 'helmValues', ...git } }) as const

/** A chart, an image with tags, and the values files beside it. */
async function begin(name: string, tags: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const image = world.image(name)
  await world.git.createRepository(name, { ...chartFiles('chart', { repository: image, tag: '1.0.0' }), ...files })
  await world.lendRepository(name)
  await pushImage(world.registry, name, tags)
  return { image, source: { repoURL: world.git.repositoryUrl(name), path: 'chart', targetRevision: 'main' } }
}

const written = (name: string, value: string) =>
  world.until(name, `written ${value}`, ({ applications = [] }) => applications[0]?.written === value)

suite('values files', { concurrency: true }, () => {
  test('the tag in values.yaml changes, and nothing else does, until it is live; then the next', async () => {
    const name = 'plain'
    const values = (tag: string) =>
      `# the image\r\nimage:\r\n  repository: ${world.image(name)}   # ours\r\n  tag: '${tag}' # by hand\r\n\r\nother: [1,2]`
    const { image, source } = await begin(name, ['1.1.0'], { 'chart/values.yaml': values('1.0.0') })
    await world.application(name, source)
    await world.policy(name, { image, strategy: 'semver', writeBack: helmValues() })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
    assert.equal(await world.git.readFile(name, 'chart/values.yaml'), values('1.1.0'))
    await pushImage(world.registry, name, '1.2.0')
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.2.0')
    assert.equal(await world.git.readFile(name, 'chart/values.yaml'), values('1.2.0'))
    const log = await world.git.log(name)
    assert.equal(log.length, 3, 'one commit a version')
    assert.match(log[0]?.body ?? '', /Image-Update: \S+\/plain \S+\/plain 1\.2\.0/)
  })

  test('a large one is edited as well, in a thread of its own', async () => {
    const name = 'large'
    const values = (tag: string) => largeValues(256 * 1024, tag)
    const { image, source } = await begin(name, ['1.1.0'], { 'chart/values.yaml': values('1.0.0') })
    await world.application(name, source)
    await world.policy(name, { image, strategy: 'semver', writeBack: helmValues() })
    await written(name, '1.1.0')
    assert.equal(await world.git.readFile(name, 'chart/values.yaml'), values('1.1.0'))
  })

  test('two Applications of one values file: one commit that tells of both, and both are live by it', async () => {
    const name = 'both'
    const { image, source } = await begin(name, ['1.1.0'])
    const names = [`${name}-a`, `${name}-b`]
    for (const one of names) await world.application(one, source)
    const applications = names.map((one) => ({ name: one }))
    await world.policy(name, { image, applications, strategy: 'semver', writeBack: helmValues() })
    const { status } = await world.until(
      name,
      'live',
      (now) => now.applications?.length === 2 && now.applications.every(({ live }) => live === '1.1.0'),
    )
    const [commit, ...before] = await world.git.log(name)
    assert.deepEqual(
      status?.applications?.map(({ revision }) => revision),
      [commit?.oid, commit?.oid],
    )
    assert.equal(before.length, 1)
    for (const one of names)
      assert.match(commit?.body ?? '', new RegExp(`^Image-Update: \\S+ \\S+/${one} 1\\.1\\.0$`, 'm'))
  })

  test('of several values files the last that has the key is written, also one of another source', async () => {
    const name = 'lent'
    const { image, source } = await begin(name, ['1.1.0'])
    await world.git.createRepository('lent-values', {
      'envs/base.yaml': 'image: {tag: 0.9.0}\n',
      'envs/prod.yaml': 'image:\n  tag: 1.0.0 # prod\n',
      'envs/late.yaml': 'replicas: 1\n',
    })
    await world.lendRepository('lent-values')
    await world.application(name, [
      {
        ...source,
        helm: { valueFiles: ['$values/envs/base.yaml', '$values/envs/prod.yaml', '$values/envs/late.yaml'] },
      },
      { repoURL: world.git.repositoryUrl('lent-values'), targetRevision: 'main', ref: 'values' },
    ])
    await world.policy(name, { image, strategy: 'semver', writeBack: helmValues() })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
    assert.equal(await world.git.readFile('lent-values', 'envs/prod.yaml'), 'image:\n  tag: 1.1.0 # prod\n')
    assert.equal(await world.git.readFile('lent-values', 'envs/base.yaml'), 'image: {tag: 0.9.0}\n')
  })

  test('a path may be a template, and keys are created where that is wanted', async () => {
    const name = 'templated'
    const { image, source } = await begin(name, ['1.1.0'], { 'chart/envs/prod.yaml': 'replicas: 2\n' })
    await world.application(name, { ...source, helm: { valueFiles: ['envs/prod.yaml'] } }, { labels: { env: 'prod' } })
    const path = 'envs/{{ .Labels.env }}.yaml'
    await world.policy(name, { image, strategy: 'semver', writeBack: helmValues({ path }) })
    const { status } = await world.untilReady(name, 'TargetNotFound')
    assert.match(status?.applications?.[0]?.message ?? '', /chart\/envs\/prod\.yaml: there is no key image\.tag/)
    await world.patch('policy', name, { spec: { writeBack: helmValues({ path, createKeys: true }) } })
    await written(name, '1.1.0')
    assert.equal(await world.git.readFile(name, 'chart/envs/prod.yaml'), 'replicas: 2\nimage:\n  tag: "1.1.0"\n')
  })

  test('what the Application sets itself is not written to the file, and is said', async () => {
    const name = 'overruled'
    const { image, source } = await begin(name, ['1.1.0'])
    await world.application(name, { ...source, helm: { parameters: [{ name: 'image.tag', value: '1.0.0' }] } })
    await world.policy(name, { image, strategy: 'semver', writeBack: helmValues() })
    const { status } = await world.untilReady(name, 'TargetUnsupported')
    assert.match(
      status?.applications?.[0]?.message ?? '',
      /image\.tag is set by helm\.parameters of the Application, which wins over chart\/values\.yaml/,
    )
    await world.patch('application', name, { spec: { source: { helm: null } } })
    await written(name, '1.1.0')
  })

  test('who takes the value back is left alone until something newer is there', async () => {
    const name = 'taken-back'
    const { image, source } = await begin(name, ['1.1.0'])
    await world.application(name, source)
    await world.policy(name, { image, strategy: 'semver', writeBack: helmValues() })
    await written(name, '1.1.0')
    await world.git.commit(name, { 'chart/values.yaml': `image:\n  repository: ${image}\n  tag: "1.0.0"\n` })
    await world.untilReady(name, 'Held')
    await pushImage(world.registry, name, '1.2.0')
    await written(name, '1.2.0')
  })

  test('two policies that come to one values file by different ways: the older writes', async () => {
    const name = 'shared'
    const { image, source } = await begin(name, ['1.1.0', '2.0.0'])
    await world.application(name, source)
    await world.application(`${name}-too`, source)
    const constraints = { version: '^1' }
    await world.policy(name, { image, strategy: 'semver', constraints, writeBack: helmValues() })
    await written(name, '1.1.0')
    await waitFor('the next second: creationTimestamp has no fractions', () => Date.now() % 1000 < 100)
    await world.policy(`${name}-too`, {
      image,
      strategy: 'semver',
      writeBack: helmValues({ path: '/chart/values.yaml' }),
    })
    const { status } = await world.untilReady(`${name}-too`, 'TargetConflict')
    assert.match(status?.applications?.[0]?.message ?? '', /\/shared is older and writes image\.tag/)
  })

  test('paths that lead out, to a link, or nowhere are refused and said', async () => {
    const name = 'odd'
    const { image, source } = await begin(name, ['1.1.0'])
    await world.git.commit(name, { 'chart/link.yaml': { text: 'values.yaml', mode: '120000' } })
    await world.application(name, source)
    const refusals: readonly [path: string, reason: string, says: RegExp][] = [
      ['../../secrets.yaml', 'TargetUnsupported', /leaves the repository/],
      ['%2e%2e/secrets.yaml', 'TargetUnsupported', /percent-encoded/],
      ['link.yaml', 'TargetUnsupported', /chart\/link\.yaml is a symbolic link, which is not followed/],
      ['nothing.yaml', 'TargetNotFound', /there is no file chart\/nothing\.yaml/],
      ['{{ .Labels.env }}.yaml', 'TargetUnsupported', /has no label env/],
    ]
    await world.policy(name, {
      image,
      strategy: 'semver',
      writeBack: helmValues({ path: 'values.yaml' }),
      suspend: true,
    })
    for (const [path, reason, says] of refusals) {
      await world.patch('policy', name, { spec: { writeBack: helmValues({ path }), suspend: false } })
      const { status } = await world.untilReady(name, reason)
      assert.match(status?.applications?.[0]?.message ?? '', says)
    }
    assert.equal((await world.git.log(name)).length, 2)
  })
})

const kustomization = (git: object = {}) => ({ method: 'git', git: { target: 'kustomization', ...git } }) as const

suite('kustomizations', { concurrency: true }, () => {
  async function beginIn(name: string, tags: readonly string[], text: string): Promise<string> {
    const image = world.image(name)
    const files = kustomizationFiles('app', `${image}:0.9.0`)
    await world.git.createRepository(name, { ...files, 'app/kustomization.yaml': text.replaceAll('IMAGE', image) })
    await world.lendRepository(name)
    await pushImage(world.registry, name, tags)
    const repoURL = world.git.repositoryUrl(name)
    await world.application(name, { repoURL, path: 'app', targetRevision: 'main' })
    return image
  }

  test('the entry of the image gets the tag, and nothing else changes', async () => {
    const name = 'kustomized'
    const text = (tag: string) =>
      `resources:   [deployment.yaml]\nimages:\n  - name: other\n    newTag: 1.0.0\n  - name: IMAGE # ours\n    newTag: ${tag}`
    const image = await beginIn(name, ['1.1.0'], text('1.0.0'))
    await world.policy(name, { image, strategy: 'semver', writeBack: kustomization() })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
    assert.equal(await world.git.readFile(name, 'app/kustomization.yaml'), text('1.1.0').replace('IMAGE', image))
  })

  test('an entry that is missing is added, and what the Application sets itself is refused', async () => {
    const name = 'added'
    const image = await beginIn(name, ['1.1.0'], 'resources:\n- deployment.yaml\n')
    await world.patch('application', name, { spec: { source: { kustomize: { images: [`${image}:1.0.0`] } } } })
    await world.policy(name, { image, strategy: 'semver', writeBack: kustomization() })
    const { status } = await world.untilReady(name, 'TargetUnsupported')
    assert.match(status?.applications?.[0]?.message ?? '', /is set by kustomize\.images of the Application/)
    await world.patch('application', name, { spec: { source: { kustomize: null } } })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
    assert.equal(
      await world.git.readFile(name, 'app/kustomization.yaml'),
      `resources:\n- deployment.yaml\nimages:\n- name: ${image}\n  newTag: "1.1.0"\n`,
    )
  })

  test('a folder without a kustomization is said', async () => {
    const name = 'no-kustomization'
    const image = await beginIn(name, ['1.1.0'], 'resources: [deployment.yaml]\n')
    await world.policy(name, { image, strategy: 'semver', writeBack: kustomization({ path: 'overlay' }) })
    const { status } = await world.untilReady(name, 'TargetNotFound')
    assert.match(status?.applications?.[0]?.message ?? '', /there is no app\/overlay\/kustomization\.yaml/)
  })
})

const manifests = (git: object = {}) => ({ method: 'git', git: { target: 'manifests', ...git } }) as const

suite('plain manifests', { concurrency: true }, () => {
  const deployment = (image: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n      - image: ${image} # web\n        name: web\n`

  async function beginIn(name: string, files: (image: string) => Record<string, string>): Promise<string> {
    const image = world.image(name)
    await world.git.createRepository(name, files(image))
    await world.lendRepository(name)
    await pushImage(world.registry, name, ['1.1.0'])
    await world.application(name, { repoURL: world.git.repositoryUrl(name), path: 'app', targetRevision: 'main' })
    return image
  }

  test('the image changes in all files of the folder that have it, in one commit, and in no other', async () => {
    const name = 'manifests'
    const image = await beginIn(name, (of) => ({
      'app/deployment.yaml': deployment(`${of}:1.0.0`),
      'app/deeper/job.yaml': `apiVersion: v1\r\nkind: Pod\r\nspec: {containers: [{image: '${of}:1.0.0'}]}`,
      'app/deeper/template.yaml': '{{- if .Values.web }}\nkind: Pod\n{{- end }}\n',
      'app/notes.txt': `image: ${of}:1.0.0\n`,
      'other/deployment.yaml': deployment(`${of}:1.0.0`),
    }))
    await world.policy(name, { image, strategy: 'semver', writeBack: manifests() })
    await written(name, '1.1.0')
    assert.equal(await world.git.readFile(name, 'app/deployment.yaml'), deployment(`${image}:1.1.0`))
    assert.equal(
      await world.git.readFile(name, 'app/deeper/job.yaml'),
      `apiVersion: v1\r\nkind: Pod\r\nspec: {containers: [{image: '${image}:1.1.0'}]}`,
    )
    assert.equal(await world.git.readFile(name, 'other/deployment.yaml'), deployment(`${image}:1.0.0`))
    const [commit, ...before] = await world.git.log(name)
    assert.deepEqual([commit?.files.toSorted(), before.length], [['app/deeper/job.yaml', 'app/deployment.yaml'], 1])
  })

  test('a plain folder that is written to by its manifests gets live', async () => {
    const name = 'plain-live'
    const image = await beginIn(name, (of) => ({ 'app/deployment.yaml': deployment(`${of}:1.0.0`) }))
    await world.policy(name, { image, strategy: 'semver', writeBack: manifests() })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
  })

  test('what a kustomization or the Application sets over manifests is refused before a commit, until it is taken out', async () => {
    const name = 'kustomized-over'
    const list = (images: string) => `resources: [deployment.yaml]\n${images}`
    const image = await beginIn(name, (of) => ({
      'app/deployment.yaml': deployment(`${of}:1.0.0`),
      'app/kustomization.yaml': list(`images: [{name: ${of}, newTag: 1.0.0}]\n`),
    }))
    await world.patch('application', name, { spec: { source: { kustomize: { images: [`${image}:1.0.0`] } } } })
    await world.policy(name, { image, strategy: 'semver', writeBack: manifests() })
    const over = 'which wins over app/deployment.yaml; take the entry out there, or write there: '
    const says = (words: string) =>
      world.until(name, words, ({ applications = [] }) => applications[0]?.message?.includes(words) === true)
    await world.untilReady(name, 'TargetUnsupported')
    await says(`${image} is set by kustomize.images of the Application, ${over}writeBack.method: argocd`)
    await world.patch('application', name, { spec: { source: { kustomize: null } } })
    await says(`${image} is set by images of app/kustomization.yaml, ${over}writeBack.git.target: kustomization`)
    assert.equal((await world.git.log(name)).length, 1, 'nothing was committed in vain')
    await world.git.commit(name, { 'app/kustomization.yaml': list('') })
    await world.until(name, 'live', ({ applications = [] }) => applications[0]?.live === '1.1.0')
    assert.equal(await world.git.readFile(name, 'app/deployment.yaml'), deployment(`${image}:1.1.0`))
  })

  test('that the image stands nowhere is refused, not called done', async () => {
    const name = 'nowhere'
    const image = await beginIn(name, () => ({ 'app/deployment.yaml': deployment('somebody/else:1.0.0') }))
    await world.policy(name, { image, strategy: 'semver', writeBack: manifests() })
    const { status } = await world.untilReady(name, 'TargetNotFound')
    assert.match(
      status?.applications?.[0]?.message ?? '',
      /no container has image .* in YAML files at app \(1 looked at\)/,
    )
  })
})
