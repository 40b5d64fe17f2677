import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReconcileError } from '../../src/errors.ts'
import { KubernetesApiError } from '../../src/kubernetes/api-error.ts'
import type { KubeObject } from '../../src/kubernetes/kube-object.ts'
import { createSharedGet } from '../../src/kubernetes/shared-get.ts'

/** Answers in turn; an error is thrown. */
function getting(...answers: readonly (KubeObject | Error)[]) {
  const asked: string[] = []
  const client = {
    get: async (path: string) => {
      asked.push(path)
      const answer = answers[Math.min(asked.length, answers.length) - 1]
      if (answer instanceof Error) throw answer
      return answer as KubeObject
    },
  }
  const get = createSharedGet({
    client,
    freshFor: 60_000,
    resource: 'things',
    kind: 'Thing',
    parse: ({ metadata }) => metadata.name,
  })
  return { get, asked }
}

const thing = { metadata: { name: 'one' } } as KubeObject
const answerOf = (code: number) => ({ code, reason: 'said' })
const refusal = (code: number): Error => new KubernetesApiError('GET', answerOf(code))

test('many who want the same object share one reading, and so does who comes soon after', async () => {
  const { get, asked } = getting(thing)
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => get('a', 'one')))), new Set(['one']))
  await get('a', 'one')
  assert.deepEqual(asked, ['/api/v1/namespaces/a/things/one'])
  await get('b', 'one')
  assert.equal(asked.length, 2)
})

test('one that is missing is looked for again at once', async () => {
  const { get, asked } = getting(refusal(404), thing)
  assert.equal(await get('a', 'one'), undefined)
  assert.equal(await get('a', 'one'), 'one')
  assert.equal(asked.length, 2)
})

test('one that can’t be read is an error that names it, and is tried again', async () => {
  const { get } = getting(refusal(403), thing)
  await assert.rejects(
    get('a', 'one'),
    (error) => error instanceof ReconcileError && error.message.startsWith('Thing a/one was not read'),
  )
  assert.equal(await get('a', 'one'), 'one')
})
