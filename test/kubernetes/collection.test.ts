import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Collection, type Change } from '../../src/kubernetes/collection.ts'
import { KubernetesApiError } from '../../src/kubernetes/api-error.ts'
import type { KubeObject } from '../../src/kubernetes/kube-object.ts'
import { ReconcileError } from '../../src/errors.ts'

function collection(
  feeds = [{ path: '/things', hasSynced: true, problem: undefined as KubernetesApiError | undefined }],
) {
  const changes: Change<string>[] = []
  const things = new Collection<string>({
    what: 'Things',
    read: (object) => String(object['spec']),
    changed: (change) => void changes.push(change),
  })
  for (const feed of feeds) things.addFeed(feed)
  return { things, changes }
}

function thing(resourceVersion: string, spec: string, name = 'a'): KubeObject {
  return { apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace: 'n', resourceVersion }, spec }
}

test('each change is told with what was before and after', () => {
  const { things, changes } = collection()
  things.apply({ type: 'ADDED', object: thing('1', 'one') })
  things.apply({ type: 'MODIFIED', object: thing('2', 'two') })
  things.apply({ type: 'DELETED', object: thing('3', 'two') })
  things.apply({ type: 'DELETED', object: thing('3', 'two') })
  assert.deepEqual(changes, [
    { key: 'n/a', before: undefined, after: 'one' },
    { key: 'n/a', before: 'one', after: 'two' },
    { key: 'n/a', before: 'two', after: undefined },
  ])
})

test('what we wrote is read from then on, and older events that come late do not bring back what was', () => {
  const { things, changes } = collection()
  things.apply({ type: 'ADDED', object: thing('5', 'read') })
  things.put(thing('8', 'written'))
  assert.equal(things.get('n/a'), 'written')
  things.apply({ type: 'MODIFIED', object: thing('7', 'late') })
  things.apply({ type: 'MODIFIED', object: thing('8', 'written') })
  assert.equal(things.get('n/a'), 'written')
  assert.deepEqual(
    changes.map(({ after }) => after),
    ['read', 'written'],
  )
  things.apply({ type: 'MODIFIED', object: thing('10', 'newer') })
  things.put(thing('9', 'answer that came late'))
  assert.equal(things.get('n/a'), 'newer')
})

test('the answer to a write does not bring back what was deleted meanwhile', () => {
  const { things } = collection()
  things.apply({ type: 'ADDED', object: thing('5', 'read') })
  things.apply({ type: 'DELETED', object: thing('6', 'read') })
  things.put(thing('5', 'written'))
  assert.equal(things.get('n/a'), undefined)
})

const refusals: readonly [code: number, reason: string, sentence: RegExp][] = [
  [404, 'NotFound', /Things: not installed in this cluster/],
  [403, 'Forbidden', /Things: may not be listed and watched by the operator \(\/things\); its role lacks that/],
  [503, 'ServiceUnavailable', /Things: the API server answered 503 ServiceUnavailable/],
  [0, 'ECONNREFUSED', /Things: the API server did not answer \(ECONNREFUSED\)/],
]
for (const [code, reason, sentence] of refusals)
  test(`until everything is known, a list is refused and says why: ${code}`, () => {
    const problem = new KubernetesApiError('list', { code, reason })
    const { things } = collection([{ path: '/things', hasSynced: false, problem }])
    things.apply({ type: 'ADDED', object: thing('1', 'one') })
    assert.equal(things.get('n/a'), 'one')
    assert.throws(
      () => things.get('n/b'),
      (error: unknown) => {
        assert.ok(error instanceof ReconcileError)
        assert.equal(error.reason, 'KubernetesUnavailable')
        assert.match(error.message, sentence)
        return true
      },
    )
    assert.throws(() => things.list(), sentence)
    assert.match(things.problems[0] ?? '', sentence)
  })

test('a collection that was complete once is served through an outage, which is told', () => {
  const problem = new KubernetesApiError('watch', { code: 0, reason: 'ECONNREFUSED' })
  const { things } = collection([{ path: '/things', hasSynced: true, problem }])
  assert.deepEqual(things.list(), [])
  assert.equal(things.problems.length, 1)
})

test('a collection that nobody feeds yet is not complete', () => {
  assert.throws(() => collection([]).things.list(), /not watched yet/)
})
