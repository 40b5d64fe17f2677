import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefList } from '../../src/git/wire/advertisement.ts'
import { openSharedTips } from '../../src/git/shared-tips.ts'

const [one, two, three] = ['1', '2', '3'].map((digit) => digit.repeat(40))

/** Tips of a server that answers when told to, on a clock of the test's. */
function watched(list: Partial<RefList> = {}) {
  const asked: {
    readonly prefixes: readonly string[]
    readonly answer: (list?: Partial<RefList>) => void
    readonly fail: (error: Error) => void
  }[] = []
  const clock = { now: 1_000 }
  const all: RefList = {
    refs: new Map([
      ['refs/heads/main', one ?? ''],
      ['refs/heads/next', two ?? ''],
    ]),
    head: 'refs/heads/main',
    detached: false,
    ...list,
  }
  const tips = openSharedTips({
    name: 'git.example.com/config',
    now: () => clock.now,
    listRefs: (prefixes) =>
      new Promise((resolve, reject) =>
        asked.push({ prefixes, answer: (other = {}) => resolve({ ...all, ...other }), fail: reject }),
      ),
  })
  return { tips, asked, clock }
}

const moment = () => new Promise((resolve) => setImmediate(resolve))

test('who asks at the same moment is served by one request, whatever the branch', async () => {
  const { tips, asked } = watched()
  const all = Promise.all([
    tips.tip(undefined, 0),
    tips.tip('main', 0),
    tips.tip('refs/heads/next', 0),
    tips.tip('HEAD', 0),
  ])
  await moment()
  assert.deepEqual(
    asked.map(({ prefixes }) => prefixes),
    [['HEAD', 'refs/heads/main', 'refs/tags/main', 'refs/heads/next', 'refs/tags/next']],
  )
  asked[0]?.answer()
  assert.deepEqual(
    (await all).map(({ branch }) => branch),
    ['main', 'main', 'next', 'main'],
  )
})

test('an answer of a time that has not come yet, by a clock that was put back, is not young for ever', async () => {
  const { tips, asked, clock } = watched()
  clock.now = 3_600_000
  const first = tips.tip('main', 3_500_000)
  await moment()
  asked[0]?.answer()
  assert.equal((await first).tip, one)
  clock.now = 2_000
  const later = tips.tip('main', 1_000)
  await moment()
  asked[1]?.answer({ refs: new Map([['refs/heads/main', three ?? '']]) })
  assert.equal((await later).tip, three)
  assert.equal(asked.length, 2)
})

test('who asks while a request is under way joins it if it is young enough', async () => {
  const { tips, asked, clock } = watched()
  const first = tips.tip('main', 0)
  await moment()
  clock.now = 2_000
  const joined = tips.tip('main', 900)
  const later = tips.tip('main', 1_500)
  await moment()
  assert.equal(asked.length, 2)
  asked[0]?.answer()
  asked[1]?.answer({ refs: new Map([['refs/heads/main', three ?? '']]) })
  assert.deepEqual([(await first).tip, (await joined).tip, (await later).tip], [one, one, three])
})

test('an older answer that comes late does not replace a newer one', async () => {
  const { tips, asked, clock } = watched()
  const first = tips.tip('main', 0)
  await moment()
  clock.now = 2_000
  const second = tips.tip('main', 1_500)
  await moment()
  asked[1]?.answer({ refs: new Map([['refs/heads/main', three ?? '']]) })
  await second
  asked[0]?.answer()
  await first
  assert.equal((await tips.tip('main', 0)).tip, three)
})

test('a branch that was not asked for before is asked for, and from then on with the others', async () => {
  const { tips, asked } = watched()
  const first = tips.tip('main', 0)
  await moment()
  asked[0]?.answer()
  await first
  const second = tips.tip('next', 0)
  await moment()
  assert.deepEqual(asked[1]?.prefixes, [
    'HEAD',
    'refs/heads/main',
    'refs/tags/main',
    'refs/heads/next',
    'refs/tags/next',
  ])
  asked[1]?.answer()
  assert.equal((await second).tip, two)
})

test('the branch that HEAD names is told with HEAD', async () => {
  const { tips, asked } = watched()
  const head = tips.tip(undefined, 0)
  await moment()
  asked[0]?.answer()
  await head
  assert.equal((await tips.tip('main', 0)).tip, one)
})

test('our own push is known at once, until the server says otherwise', async () => {
  const { tips, asked, clock } = watched()
  const first = tips.tip('main', 0)
  await moment()
  asked[0]?.answer()
  await first
  tips.pushed({ branch: 'main', tip: two ?? '' })
  assert.equal((await tips.tip('main', 0)).tip, two)
  clock.now = 3_000
  const later = tips.tip('main', 2_000)
  await moment()
  asked[1]?.answer({ refs: new Map([['refs/heads/main', three ?? '']]) })
  assert.equal((await later).tip, three)
})

test('a request that fails fails for all who wait, and the next one asks again', async () => {
  const { tips, asked } = watched()
  const failing = Promise.allSettled([tips.tip('main', 0), tips.tip('main', 0)])
  await moment()
  asked[0]?.fail(new Error('down'))
  assert.deepEqual(
    (await failing).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  const again = tips.tip('main', 0)
  await moment()
  asked[1]?.answer()
  assert.equal((await again).tip, one)
})

for (const [name, requested, list, message] of [
  ['HEAD that points to a commit', undefined, { head: undefined, detached: true }, /its HEAD names no branch/],
  ['HEAD that points to something else than a branch', undefined, { head: 'refs/notes/x' }, /names no branch/],
  ['HEAD with a name that could break the protocol', undefined, { head: 'refs/heads/a\nb' }, /names no branch/],
  ['nothing at all', undefined, { head: undefined, refs: new Map() }, /no commits yet/],
  ['a name that could break the protocol', 'main\nHEAD', {}, /is no branch there/],
] as const) {
  test(`${name} is no branch`, async () => {
    const { tips, asked } = watched(list)
    const tip = tips.tip(requested, 0)
    const refused = assert.rejects(tip, { reason: 'BranchUnknown', retry: { kind: 'interval' }, message })
    await moment()
    asked[0]?.answer()
    await refused
  })
}

test('a second branch is asked for in the same request and told as it was at the same moment, if it is there', async () => {
  const { tips, asked, clock } = watched()
  const both = [tips.tip('main', 0, 'next'), tips.tip('main', 0, 'gone'), tips.tip('main', 0)]
  await moment()
  assert.equal(asked.length, 1)
  asked[0]?.answer()
  assert.deepEqual(await Promise.all(both), [
    { branch: 'main', tip: one, beside: two },
    { branch: 'main', tip: one, beside: undefined },
    { branch: 'main', tip: one },
  ])
  tips.pushed({ branch: 'gone', tip: three ?? '' })
  assert.equal((await tips.tip('main', 0, 'gone')).beside, three)
  clock.now = 3_000
  const later = tips.tip('main', 2_000, 'gone')
  await moment()
  asked[1]?.answer()
  assert.equal((await later).beside, undefined, 'somebody has taken it away since')
})

test('of thousands of branches that were pushed to, the latest thousand are remembered', async () => {
  const { tips, asked } = watched()
  const first = tips.tip('main', 0, 'next')
  await moment()
  asked[0]?.answer()
  await first
  for (const branch of ['main', ...Array.from({ length: 999 }, (_, nth) => `b${nth}`), 'next'])
    tips.pushed({ branch, tip: three ?? '' })
  assert.deepEqual(await tips.tip('main', 0, 'next'), { branch: 'main', tip: one, beside: three })
})
