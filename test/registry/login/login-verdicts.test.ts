import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoginVerdicts } from '../../../src/registry/login/login-verdicts.ts'

function opened() {
  let time = 0
  const verdicts = createLoginVerdicts(() => time)
  return {
    verdicts,
    advance: (seconds: number) => void (time += seconds * 1000),
    refuse: (...all: readonly string[]) => {
      for (const what of all) verdicts.refuse('ann', what)
    },
    admit: (...all: readonly string[]) => {
      for (const what of all) verdicts.admit('ann', what)
    },
    resting: (...all: readonly string[]) => all.filter((what) => verdicts.isResting('ann', what)),
    isBelieved: () => verdicts.isBelieved('ann'),
  }
}

test('a login that was let in nowhere rests for 30 s for what it was refused for, and for all after three in a row', () => {
  const { refuse, resting, advance, verdicts, isBelieved } = opened()
  assert.deepEqual([resting('a'), isBelieved(), verdicts.isDoubted('ann')], [[], false, false])
  refuse('a', 'a', 'a', 'b')
  assert.deepEqual(resting('a', 'b', 'c'), ['a', 'b'])
  refuse('c')
  assert.deepEqual(resting('a', 'd'), ['a', 'd'])
  assert.equal(verdicts.isResting('bob', 'a'), false)
  advance(30)
  assert.deepEqual([resting('a', 'd'), isBelieved()], [['a'], false])
  advance(30)
  assert.deepEqual(resting('a', 'd'), [])
})

test('where one that rests for all was refused last it is shown after the others, two minutes later at most, until it is let in', () => {
  const { refuse, resting, advance, admit } = opened()
  refuse('a', 'b', 'c')
  for (const [index, seconds] of [30, 60, 120, 240, 300].entries()) {
    advance(seconds)
    assert.deepEqual(resting('a', 'b', 'c', 'new'), ['a', 'b', 'c'])
    advance(Math.min(seconds, 120) - 1)
    assert.deepEqual(resting('a', 'b', 'c'), ['a', 'b', 'c'])
    advance(1)
    assert.deepEqual(resting('a', 'b', 'c'), [])
    refuse(`${index}`)
  }
  advance(300)
  admit('new')
  assert.deepEqual(resting('a', 'b', 'c'), [])
})

test('each further refusal doubles the rest, up to five minutes; what was under way together counts once', () => {
  const { refuse, resting, advance } = opened()
  refuse('a', 'b', 'c', 'd', 'e', 'f')
  for (const seconds of [30, 60, 120, 240, 300, 300]) {
    advance(seconds - 1)
    assert.deepEqual(resting('new'), ['new'], `${seconds} s`)
    advance(1)
    assert.deepEqual(resting('new'), [], `${seconds} s`)
    refuse('a', 'b', 'c')
  }
})

test('for one repository too, and it begins anew once that was let in', () => {
  const { refuse, resting, advance, admit } = opened()
  for (const seconds of [30, 60]) {
    refuse('a')
    advance(seconds - 1)
    assert.deepEqual(resting('a', 'b'), ['a'])
    advance(1)
    assert.deepEqual(resting('a', 'b'), [])
  }
  admit('a')
  refuse('a')
  advance(30)
  assert.deepEqual(resting('a'), [])
})

test('one that opens something is right: what it never opened rests alone, however many that are', () => {
  const { refuse, resting, advance, admit, isBelieved } = opened()
  admit('a')
  refuse('b', 'c', 'd', 'e', 'b')
  assert.deepEqual([resting('a', 'b', 'c', 'd', 'e', 'f'), isBelieved()], [['b', 'c', 'd', 'e'], true])
  for (let round = 0; round < 3; round += 1) {
    advance(30)
    assert.deepEqual(resting('b'), [])
    refuse('b')
  }
})

test('one that is refused where it was let in is in doubt until it is let in again', () => {
  const { refuse, resting, admit, isBelieved, verdicts } = opened()
  admit('a', 'b')
  refuse('a')
  assert.deepEqual([resting('a', 'b', 'c'), isBelieved(), verdicts.isDoubted('ann')], [['a'], false, true])
  admit('b')
  assert.deepEqual([resting('a', 'b', 'c'), isBelieved(), verdicts.isDoubted('ann')], [['a'], true, false])
  refuse('a')
  assert.equal(isBelieved(), true, 'closed to it alone by now')
})

test('and is wrong after three of those; then it rests for all by each further refusal, until it is let in', () => {
  const { refuse, resting, admit, isBelieved, advance } = opened()
  admit('a', 'b', 'c', 'd')
  refuse('a', 'never', 'b', 'nor this')
  assert.deepEqual(resting('d'), [])
  refuse('c')
  assert.deepEqual([resting('d'), isBelieved()], [['d'], false])
  advance(30)
  refuse('d')
  assert.deepEqual(resting('e'), ['e'])
  admit('d')
  assert.deepEqual([resting('d', 'e'), isBelieved()], [[], true])
})

test('one that passes is not taken for right: also what it never opened speaks against it, until it passes again', () => {
  const { refuse, resting, isBelieved, verdicts, advance } = opened()
  verdicts.pass('ann')
  assert.equal(isBelieved(), true)
  refuse('a', 'b')
  assert.deepEqual([resting('a', 'b', 'c'), isBelieved()], [['a', 'b'], false])
  verdicts.pass('ann')
  assert.equal(isBelieved(), true)
  refuse('c', 'd', 'e')
  assert.deepEqual([resting('f'), isBelieved()], [['f'], false])
  advance(30)
  verdicts.pass('ann')
  assert.deepEqual([resting('f'), isBelieved()], [[], true])
})

test('of one that was right, that it passes says nothing', () => {
  const { refuse, resting, admit, isBelieved, verdicts } = opened()
  admit('a', 'b', 'c')
  refuse('a', 'b')
  verdicts.pass('ann')
  assert.equal(isBelieved(), false)
  refuse('c')
  assert.deepEqual(resting('d'), ['d'])
})

test('a clock that is put back makes no rest longer', () => {
  const { refuse, resting, advance } = opened()
  refuse('a', 'b', 'c')
  advance(-3600)
  assert.deepEqual(resting('a', 'new'), ['a', 'new'])
  advance(30)
  assert.deepEqual(resting('a', 'new'), ['a'])
})
