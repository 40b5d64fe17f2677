import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { operatorEnvironment, operatorFlags } from './bench/worker.ts'
import { root, textOf } from './markdown.ts'

interface Instruction {
  readonly name: string
  readonly words: readonly string[]
}

/** The instructions of each stage, `FROM` first. */
let stages: readonly (readonly Instruction[])[]

const allOf = (name: string, stage: number): readonly (readonly string[])[] =>
  (stages[stage] ?? []).filter((instruction) => instruction.name === name).map(({ words }) => words)

before(async () => {
  const lines = (await textOf('Dockerfile')).replaceAll('\\\n', ' ').split('\n')
  const instructions = lines
    .filter((line) => /^[A-Z]+ /.test(line))
    .map((line) => {
      const [name = '', ...words] = line.trim().split(/\s+/)
      return { name, words }
    })
  const starts = instructions.flatMap(({ name }, index) => (name === 'FROM' ? [index] : []))
  stages = starts.map((start, index) => instructions.slice(start, starts[index + 1]))
})

describe('the container build', () => {
  test('has a stage that builds and one that runs, of one base', () => {
    assert.equal(stages.length, 2)
    const [build, run] = [...allOf('FROM', 0), ...allOf('FROM', 1)]
    assert.deepEqual(build?.slice(1), ['AS', 'build'])
    assert.deepEqual(run, build?.slice(0, 1))
  })

  test('copies files that there are, and that the context lets through', async () => {
    const ignore = (await textOf('.dockerignore')).split('\n').filter((line) => line !== '')
    assert.equal(ignore[0], '*')
    for (const source of allOf('COPY', 0).flatMap((words) => words.slice(0, -1))) {
      assert.ok(existsSync(join(root, source)), source)
      assert.ok(ignore.includes(`!${source}`), `${source} is not in .dockerignore`)
    }
  })

  test('copies what the first stage has', () => {
    for (const [from, source = ''] of allOf('COPY', 1)) {
      assert.equal(from, '--from=build')
      assert.match(source, /^\/app\/(package\.json|node_modules|dist)$/)
    }
  })

  test('runs npm scripts that there are', async () => {
    const { scripts } = JSON.parse(await textOf('package.json')) as { scripts: Record<string, string> }
    const commands = allOf('RUN', 0).map((words) => words.join(' '))
    const named = commands.flatMap((command) =>
      [...command.matchAll(/npm run (\w+)/g)].map(([, script = '']) => script),
    )
    assert.deepEqual(named, ['build'])
    assert.ok(named.every((script) => Object.hasOwn(scripts, script)))
  })

  test('starts what the build makes, as a user without rights who is a number', async () => {
    const { bin } = JSON.parse(await textOf('package.json')) as { bin: Record<string, string> }
    const [entry = []] = allOf('ENTRYPOINT', 1)
    const [program, ...words] = JSON.parse(entry.join(' ')) as string[]
    assert.equal(program, 'node')
    assert.equal(words.pop(), `/app/${bin['image-update-operator']}`)
    assert.deepEqual(words, operatorFlags, 'and the benchmarks measure with the same')
    const environment = allOf('ENV', 1)
      .flat()
      .map((word) => word.split('='))
    assert.deepEqual(Object.fromEntries(environment), { NODE_ENV: 'production', ...operatorEnvironment })
    assert.deepEqual(allOf('CMD', 1), [['["run"]']])
    const [[user = ''] = []] = allOf('USER', 1)
    assert.match(user, /^[1-9]\d*:[1-9]\d*$/)
  })

  test('runs as the user that the chart names', async () => {
    const [[user = ''] = []] = allOf('USER', 1)
    const [uid, gid] = user.split(':')
    const values = parse(await textOf('charts/image-update-operator/values.yaml')) as {
      readonly podSecurityContext: { readonly runAsUser: number; readonly runAsGroup: number }
    }
    const { runAsUser, runAsGroup } = values.podSecurityContext
    assert.deepEqual([runAsUser, runAsGroup], [Number(uid), Number(gid)])
  })

  test('opens the ports of the chart', async () => {
    const deployment = await textOf('charts/image-update-operator/templates/deployment.yaml')
    const ports = [...deployment.matchAll(/containerPort: (\d+)/g)].map(([, port]) => port)
    assert.deepEqual(allOf('EXPOSE', 1), [ports])
  })
})
