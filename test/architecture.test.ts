import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { glob, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, test } from 'node:test'
import typescript from 'typescript'
import { parse } from 'yaml'
import { strategyNames, tagReasons } from '../src/api/v1alpha1.ts'
import { codeIn, root, tableRows, textOf } from './markdown.ts'
import { testedElsewhere, type TestedElsewhere } from './tested-elsewhere.ts'

const longestFile = 250

async function filesOf(folder: string): Promise<readonly string[]> {
  const found: string[] = []
  for await (const path of glob(`${folder}/**/*.ts`, { cwd: root })) found.push(path)
  return found.toSorted()
}

describe('every source file', () => {
  test('has a test at its own path, holds nothing but types, or is covered by a test that says so', async () => {
    const untested: string[] = []
    for (const path of await filesWithoutTest()) if ((await coverOf(path)) === undefined) untested.push(path)
    assert.deepEqual(untested, [], 'write their tests, or say in test/tested-elsewhere.ts which test covers them')
  })

  test(`has at most ${longestFile} lines`, async () => {
    const long: string[] = []
    for (const path of await filesOf('src')) {
      const lines = (await textOf(path)).split('\n').length - 1
      if (lines > longestFile) long.push(`${path}: ${lines}`)
    }
    assert.deepEqual(long, [])
  })

  test('leaves arguments and environment to main.ts and config.ts', async () => {
    const readers: string[] = []
    for (const path of await filesOf('src'))
      if (/\bprocess\s*(\.|\[\s*['"])\s*(env|argv)\b/.test(await textOf(path))) readers.push(path)
    assert.deepEqual(readers, ['src/config.ts', 'src/main.ts'])
  })
})

test('every entry of the list of what is tested elsewhere covers something', async () => {
  const covers = new Set(await Promise.all((await filesWithoutTest()).map(coverOf)))
  assert.deepEqual(
    testedElsewhere.filter((entry) => !covers.has(entry)),
    [],
  )
})

describe('what stands in two places is the same', () => {
  test('the CRD and its copy in the chart', async () => {
    assert.equal(
      await textOf('charts/image-update-operator/crds/imageupdatepolicies.yaml'),
      await textOf('crds/imageupdatepolicies.yaml'),
      'run npm run generate',
    )
  })

  test('the strategies of the types and of the CRD, one file each', async () => {
    assert.deepEqual((await schemaOf('spec')).properties?.['strategy']?.enum, strategyNames)
    for (const name of strategyNames) assert.ok(existsSync(join(root, `src/core/choosing/strategies/${name}.ts`)), name)
  })

  test('the reasons against tags of the types and of the CRD', async () => {
    const rejected = (await schemaOf('status')).properties?.['evaluation']?.properties?.['rejected']
    assert.deepEqual(rejected?.items?.properties?.['reason']?.enum, tagReasons)
  })

  // npm drops what is not for the machine at hand when it mends a lockfile beside node_modules, and `npm ci` refuses the result.
  test('the packages that the lockfile asks for, for every platform, and those that it has', async () => {
    const { packages } = JSON.parse(await textOf('package-lock.json')) as { packages: Readonly<Record<string, Locked>> }
    const missing = Object.entries(packages).flatMap(([place, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !placesFor(name, place).some((candidate) => candidate in packages))
        .map((name) => `${place}: ${name}`),
    )
    assert.deepEqual(missing, [], 'take node_modules away, then npm install --package-lock-only')
  })

  test('the lockfile and package.json, and it tells no address', async () => {
    const lockfile = await textOf('package-lock.json')
    const { packages } = JSON.parse(lockfile) as { packages: Readonly<Record<string, Partial<PackageJson>>> }
    const { dependencies, devDependencies, optionalDependencies, version } = await packageJson()
    const { '': own } = packages
    assert.deepEqual(
      [own?.version, own?.dependencies, own?.devDependencies, own?.optionalDependencies],
      [version, dependencies, devDependencies, optionalDependencies],
    )
    assert.doesNotMatch(lockfile, /"resolved"/)
  })

  test('the version of the package and of the chart', async () => {
    const chart = parse(await textOf('charts/image-update-operator/Chart.yaml')) as Record<string, unknown>
    const { version } = await packageJson()
    assert.deepEqual([chart['version'], chart['appVersion']], [version, version])
  })

  const sections = [
    ['At run time', 'dependencies'],
    ['For work on it', 'devDependencies'],
    ['Optional', 'optionalDependencies'],
  ] as const
  for (const [heading, member] of sections) {
    test(`${member} and docs/dependencies.md`, async () => {
      assert.deepEqual(await documentedPackages(heading), Object.keys((await packageJson())[member]))
    })
  }

  test('overrides and docs/dependencies.md', async () => {
    const { overrides } = await packageJson()
    assert.deepEqual(await documentedPackages('Overrides'), Object.values(overrides).flatMap(Object.keys))
  })
})

interface Schema {
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

async function schemaOf(part: 'spec' | 'status'): Promise<Schema> {
  const crd = parse(await textOf('crds/imageupdatepolicies.yaml')) as {
    spec: { versions: readonly { schema: { openAPIV3Schema: Schema } }[] }
  }
  return crd.spec.versions[0]?.schema.openAPIV3Schema.properties?.[part] ?? {}
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Where a package may stand for one that stands in `place`, the nearest first. */
function placesFor(name: string, place: string): readonly string[] {
  const folders = place.split('/node_modules/')
  const nested = folders.map((_, index) => folders.slice(0, folders.length - index).join('/node_modules/'))
  return [
    ...nested.filter((folder) => folder !== '').map((folder) => `${folder}/node_modules/${name}`),
    `node_modules/${name}`,
  ]
}

interface PackageJson {
  readonly version: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly optionalDependencies: Readonly<Record<string, string>>
  readonly overrides: Readonly<Record<string, Readonly<Record<string, string>>>>
}

async function packageJson(): Promise<PackageJson> {
  return JSON.parse(await textOf('package.json')) as PackageJson
}

async function documentedPackages(heading: string): Promise<readonly string[]> {
  return tableRows(await textOf('docs/dependencies.md'), heading).flatMap(([name = '']) => codeIn(name))
}

async function filesWithoutTest(): Promise<readonly string[]> {
  const found: string[] = []
  for (const path of await filesOf('src')) {
    const test = path.replace(/^src\//, 'test/').replace(/\.ts$/, '.test.ts')
    if (!existsSync(join(root, test)) && !(await isTypesOnly(path))) found.push(path)
  }
  return found
}

async function coverOf(path: string): Promise<TestedElsewhere | undefined> {
  for (const entry of testedElsewhere) {
    const isMeant = entry.files.endsWith('/') ? path.startsWith(entry.files) : path === entry.files
    if (isMeant && (await reachedFrom(entry.by)).has(path)) return entry
  }
  return undefined
}

/** Nothing is left of it once types are taken away. */
async function isTypesOnly(path: string): Promise<boolean> {
  const { outputText } = typescript.transpileModule(await textOf(path), {
    compilerOptions: {
      target: typescript.ScriptTarget.ESNext,
      module: typescript.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: true,
    },
  })
  return outputText.replaceAll(/export \{\s*\};?/g, '').trim() === ''
}

/** The files that a file imports, and they, and so on; `src/main.ts` also where it is started by name. */
function reachedFrom(test: string): Promise<ReadonlySet<string>> {
  const found = reached.get(test) ?? followImports(test)
  reached.set(test, found)
  return found
}

const reached = new Map<string, Promise<ReadonlySet<string>>>()

async function followImports(start: string): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const waiting = [start]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const folder = dirname(join(root, path))
    const text = await readFile(join(root, path), 'utf8').catch(() => '')
    const found = text.matchAll(/^import\b(?! type\b)[^']*'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm)
    const imports = [...found].map(([, atOnce, lazily = '']) => atOnce ?? lazily)
    waiting.push(...imports.map((to) => relative(root, resolve(folder, to))))
    if (text.includes(`'src/main.ts'`)) waiting.push('src/main.ts')
  }
  return seen
}
