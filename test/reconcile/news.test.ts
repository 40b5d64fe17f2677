import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRepository } from '../../src/core/reference.ts'
import { createKnownPolicies } from '../../src/reconcile/known-policies.ts'
import { createNews } from '../../src/reconcile/news.ts'
import type { Scanned } from '../../src/reconcile/scan-image.ts'
import { storedPolicy } from './build-run.ts'

/** Policies a, b and c follow one image, d another; what the first of them is told of, the others are run for. */
function newsOf() {
  const policies = ['a', 'b', 'c', 'd'].map((name) =>
    storedPolicy({ name, given: { image: name === 'd' ? 'ghcr.io/acme/api' : 'ghcr.io/acme/web' } }),
  )
  const known = createKnownPolicies(
    { get: () => undefined, list: () => policies, patchStatus: () => Promise.resolve() },
    () => 0,
  )
  const run: string[] = []
  const news = createNews(known, (key) => run.push(key))
  const image = parseRepository('ghcr.io/acme/web')
  assert.ok(image.ok)
  return {
    run,
    told: (answer: string, question = 'tags') =>
      news.tell('argocd/a', { image: image.value, question, answer } as Scanned),
  }
}

const rows: readonly [name: string, told: readonly [answer: string, question?: string][], runs: readonly string[]][] = [
  ['the first answer is no news', [['1']], []],
  ['the same answer is no news', [['1'], ['1']], []],
  ['another answer runs the others of the same image', [['1'], ['2']], ['argocd/b', 'argocd/c']],
  ['answers to different questions are not compared', [['1'], ['2', 'main']], []],
]
for (const [name, answers, runs] of rows)
  test(name, () => {
    const { run, told } = newsOf()
    for (const [answer, question] of answers) told(answer, question)
    assert.deepEqual(run, runs)
  })
