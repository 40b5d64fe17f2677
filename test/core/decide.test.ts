import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { reasons } from '../../src/api/conditions.ts'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import type { Choice, TagMetadata } from '../../src/core/choosing/candidate.ts'
import { decide, type LinkedFacts } from '../../src/core/decide.ts'
import { ReconcileError } from '../../src/errors.ts'
import { policySpec } from './build-policy.ts'

const now = Date.UTC(2026, 10, 24)
const minutes = 60_000
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`

type Desired = Extract<LinkedFacts['desired'], { kind: 'known' }>

function facts(
  value: string | undefined,
  more: Partial<Omit<LinkedFacts, 'desired'>> & { desired?: Partial<Desired> } = {},
): LinkedFacts {
  const desired: Desired = { kind: 'known', value, values: [value], complete: true, carriedDue: false, ...more.desired }
  const rest = {
    exact: true,
    images: [],
    owner: undefined,
    conflict: undefined,
    written: undefined,
    writtenAt: undefined,
    retryAt: undefined,
  }
  return { ...rest, ...more, desired }
}

interface Row {
  readonly name: string
  readonly spec?: Partial<ImageUpdatePolicySpec>
  readonly choice?: Choice
  readonly facts: LinkedFacts
  readonly metadata?: Readonly<Record<string, TagMetadata>>
  /** What the verdict comes to: `write from -> to`, `held GATE`, `refused REASON`, or the kind alone. */
  readonly wanted: string
}

const argocdUndone = { written: '1.5.0', writtenAt: now - 10_000 }
const rows: readonly Row[] = [
  { name: 'what stands there already is up to date', facts: facts('1.5.0'), wanted: 'upToDate' },
  { name: 'an older value is written over', facts: facts('1.4.0'), wanted: 'write 1.4.0 -> 1.5.0' },
  { name: 'an absent key is nothing desired yet', facts: facts(undefined), wanted: 'write nothing -> 1.5.0' },
  {
    name: 'a value that is there in part only is completed',
    facts: facts('1.5.0', { desired: { complete: false } }),
    wanted: 'write 1.5.0 -> 1.5.0',
  },
  {
    name: 'what we wrote and lacks a part, such as forceString, is completed',
    facts: facts('1.5.0', { written: '1.5.0', desired: { complete: false } }),
    wanted: 'write 1.5.0 -> 1.5.0',
  },
  {
    name: 'a part that is undone within a minute is a controller’s doing: no race against it',
    facts: facts('1.5.0', { ...argocdUndone, desired: { complete: false } }),
    wanted: 'refused TargetConflict',
  },
  {
    name: 'the live image does not count',
    facts: facts('1.4.0', { images: ['ghcr.io/acme/web:1.5.0'] }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },

  {
    name: 'places that differ are all brought to the choice',
    facts: facts('1.4.0', { desired: { values: ['1.4.0', '1.3.0'], complete: false } }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },
  {
    name: 'a place above the choice holds, though the first is below it',
    facts: facts('1.4.0', { desired: { values: ['1.4.0', '2.0.0'], complete: false } }),
    wanted: 'held Downgrade',
  },
  {
    name: 'another policy’s key is left to it',
    facts: facts('1.4.0', { conflict: 'a/b is older' }),
    wanted: 'refused TargetConflict',
  },
  {
    name: 'another policy’s key is left to it though it is up to date',
    facts: facts('1.5.0', { conflict: 'a/b is older' }),
    wanted: 'refused TargetConflict',
  },

  {
    name: 'a loose link to an Application of another image is refused',
    facts: facts(undefined, { exact: false, images: ['redis:7'] }),
    wanted: 'refused TargetNotFound',
  },
  {
    name: 'a loose link is fine where a Pod runs the image from a mirror',
    facts: facts(undefined, { exact: false, images: ['mirror.example/x/web:1'] }),
    wanted: 'write nothing -> 1.5.0',
  },
  {
    name: 'a loose link is fine where there are no Pods',
    facts: facts(undefined, { exact: false }),
    wanted: 'write nothing -> 1.5.0',
  },
  {
    name: 'a loose link is fine once the key stands there',
    facts: facts('1.4.0', { exact: false, images: ['redis:7'] }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },
  {
    name: 'a loose link is fine once we wrote there',
    facts: facts(undefined, { exact: false, images: ['redis:7'], written: '1.4.0' }),
    wanted: 'write nothing -> 1.5.0',
  },
  {
    name: 'an exact name is taken at its word',
    facts: facts(undefined, { images: ['redis:7'] }),
    wanted: 'write nothing -> 1.5.0',
  },

  { name: 'a value above the choice is no downgrade of ours', facts: facts('2.0.0'), wanted: 'held Downgrade' },
  {
    name: 'allowDowngrade goes back',
    spec: { constraints: { allowDowngrade: true } },
    facts: facts('2.0.0'),
    wanted: 'write 2.0.0 -> 1.5.0',
  },
  {
    name: 'allowDowngrade respects who moved on from our choice',
    spec: { constraints: { allowDowngrade: true } },
    facts: facts('2.0.0', { written: '1.5.0' }),
    wanted: 'held Reverted',
  },
  { name: 'a value that is no version blocks nothing', facts: facts('main'), wanted: 'write main -> 1.5.0' },
  {
    name: 'strategy digest ranks nothing',
    spec: { strategy: 'digest', constraints: { tag: 'main' } },
    choice: { tag: 'main', digest: digest('b') },
    facts: facts(`main@${digest('a')}`),
    wanted: `write main@${digest('a')} -> main@${digest('b')}`,
  },

  { name: 'a rollback from our choice is held', facts: facts('1.4.0', { written: '1.5.0' }), wanted: 'held Reverted' },
  { name: 'a removed key is a rollback', facts: facts(undefined, { written: '1.5.0' }), wanted: 'held Reverted' },
  {
    name: 'something newer ends the hold',
    facts: facts('1.3.0', { written: '1.4.0' }),
    wanted: 'write 1.3.0 -> 1.5.0',
  },
  {
    name: 'something older than what was reverted does not end the hold',
    facts: facts('1.3.0', { written: '1.6.0' }),
    wanted: 'held Reverted',
  },
  {
    name: 'what we wrote and nobody touched is moved on',
    facts: facts('1.4.0', { written: '1.4.0' }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },
  {
    name: 'whenReverted: overwrite restores the old way',
    spec: { whenReverted: 'overwrite' },
    facts: facts('1.4.0', { written: '1.5.0' }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },
  {
    name: 'overwrite does not go below',
    spec: { whenReverted: 'overwrite' },
    facts: facts('2.0.0', { written: '1.5.0' }),
    wanted: 'held Downgrade',
  },

  {
    name: 'undone within a minute is a controller’s doing',
    facts: facts('1.4.0', argocdUndone),
    wanted: 'refused TargetConflict',
  },
  {
    name: 'undone within a minute, in git, is a person’s doing',
    spec: { writeBack: { method: 'git' } },
    facts: facts('1.4.0', argocdUndone),
    wanted: 'held Reverted',
  },
  {
    name: 'undone after more than a minute is a person’s doing',
    facts: facts('1.4.0', { written: '1.5.0', writtenAt: now - 2 * minutes }),
    wanted: 'held Reverted',
  },
  {
    name: 'undone where an ApplicationSet owns it is never a person’s doing',
    facts: facts('1.4.0', { written: '1.5.0', writtenAt: now - 9 * minutes, owner: 'ApplicationSet web' }),
    wanted: 'refused TargetConflict',
  },
  {
    name: 'undone by an owner: not before the delay is over',
    facts: facts('1.4.0', { written: '1.5.0', retryAt: now + 1 }),
    wanted: 'refused TargetConflict',
  },
  {
    name: 'undone by an owner: again when the delay is over',
    facts: facts('1.4.0', { ...argocdUndone, retryAt: now }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },
  {
    name: 'an owner that lets the value be is no matter',
    facts: facts('1.4.0', { written: '1.4.0', owner: 'ApplicationSet web' }),
    wanted: 'write 1.4.0 -> 1.5.0',
  },

  {
    name: 'a date beats every 1.x and is held',
    choice: { tag: '20240501' },
    facts: facts('1.4.0'),
    wanted: 'held ScanSuspicious',
  },
  {
    name: 'a date is held where nothing is desired yet',
    choice: { tag: '20240501' },
    facts: facts(undefined),
    wanted: 'held ScanSuspicious',
  },
  {
    name: 'a date after a date is no surprise',
    choice: { tag: '20240501' },
    facts: facts('20240101'),
    wanted: 'write 20240101 -> 20240501',
  },
  {
    name: 'a range says that dates are meant',
    spec: { constraints: { version: '>=1' } },
    choice: { tag: '20240501' },
    facts: facts('1.4.0'),
    wanted: 'write 1.4.0 -> 20240501',
  },

  {
    name: 'latest: a tag of the same build is up to date',
    spec: { strategy: 'latest' },
    choice: { tag: 'sha-2', digest: digest('a'), createdAt: now },
    metadata: { main: { digest: digest('a'), createdAt: now }, 'sha-2': { digest: digest('a'), createdAt: now } },
    facts: facts('main'),
    wanted: 'upToDate',
  },
  {
    name: 'latest: an older build is written over',
    spec: { strategy: 'latest' },
    choice: { tag: 'sha-2', digest: digest('b'), createdAt: now },
    metadata: { 'sha-1': { digest: digest('a'), createdAt: now - minutes } },
    facts: facts('sha-1'),
    wanted: 'write sha-1 -> sha-2',
  },
  {
    name: 'latest: a younger build is kept',
    spec: { strategy: 'latest' },
    choice: { tag: 'sha-1', digest: digest('a'), createdAt: now - minutes },
    metadata: { 'sha-2': { digest: digest('b'), createdAt: now } },
    facts: facts('sha-2'),
    wanted: 'held Downgrade',
  },
  {
    name: 'latest: a desired tag that nobody knows any more holds',
    spec: { strategy: 'latest' },
    choice: { tag: 'sha-2', digest: digest('b'), createdAt: now },
    facts: facts('gone'),
    wanted: 'held Downgrade',
  },
  {
    name: 'latest: a reverted build that nobody knows any more goes on holding',
    spec: { strategy: 'latest' },
    choice: { tag: 'sha-2', digest: digest('b'), createdAt: now },
    metadata: { 'sha-1': { digest: digest('a'), createdAt: now - minutes } },
    facts: facts('sha-1', { written: 'gone' }),
    wanted: 'held Reverted',
  },
]

for (const { name, spec = {}, choice = { tag: '1.5.0' }, facts: known, metadata = {}, wanted } of rows)
  test(name, () => {
    const { action } = decide(policySpec(spec), choice, known, { now, metadata: new Map(Object.entries(metadata)) })
    assert.equal(said(action), wanted)
  })

function said(action: ReturnType<typeof decide>['action']): string {
  switch (action.kind) {
    case 'write':
      return `write ${action.from ?? 'nothing'} -> ${action.to}`
    case 'held':
      return `held ${action.gate}`
    case 'refused':
      return `refused ${action.error.reason}`
    case 'idle':
    case 'upToDate':
      return action.kind
  }
}

test('only what a controller undid is tried again by itself', () => {
  const retry = (known: LinkedFacts) => {
    const { action } = decide(policySpec(), { tag: '1.5.0' }, known, { now, metadata: new Map() })
    return action.kind === 'refused' ? action.error.retry.kind : action.kind
  }
  assert.equal(retry(facts('1.4.0', argocdUndone)), 'backoff')
  assert.equal(retry(facts('1.4.0', { conflict: 'a/b is older' })), 'interval')
  assert.equal(retry(facts(undefined, { exact: false, images: ['redis:7'] })), 'interval')
})

test('without a choice nothing is written', () => {
  assert.deepEqual(decide(policySpec(), undefined, facts('1.0.0'), { now, metadata: new Map() }), {
    repair: false,
    action: { kind: 'idle' },
  })
})

test('carried-over entries are repaired whatever the verdict, also without a choice', () => {
  const due = facts('2.0.0', { desired: { carriedDue: true } })
  for (const choice of [undefined, { tag: '1.5.0' }])
    assert.equal(decide(policySpec(), choice, due, { now, metadata: new Map() }).repair, true)
})

test('what could not be read is refused with its own error', () => {
  const error = new ReconcileError(reasons.gitUnavailable, 'down')
  const verdict = decide(
    policySpec(),
    { tag: '1.5.0' },
    { ...facts(undefined), desired: { kind: 'failed', error } },
    { now, metadata: new Map() },
  )
  assert.deepEqual(verdict, { repair: false, action: { kind: 'refused', error, undone: false } })
})

test('whatever is known: what is up to date is never written, and nothing below the desired value is', () => {
  const version = fc.tuple(fc.nat(3), fc.nat(3)).map(([major, minor]) => `${major}.${minor}.0`)
  const known = fc.record({
    value: fc.option(version, { nil: undefined }),
    written: fc.option(version, { nil: undefined }),
    exact: fc.boolean(),
    writtenAt: fc.option(
      fc.nat(10 * minutes).map((ago) => now - ago),
      { nil: undefined },
    ),
  })
  const number = (tag: string): number => Number(tag.replace(/\.0$/, ''))
  fc.assert(
    fc.property(version, known, (tag, { value, ...rest }) => {
      const { action } = decide(policySpec(), { tag }, facts(value, rest), { now, metadata: new Map() })
      if (value === tag) assert.equal(action.kind, 'upToDate')
      if (action.kind !== 'write') return
      assert.ok(value === undefined || number(value) < number(tag))
      assert.ok(rest.written === undefined || rest.written === value || number(rest.written) < number(tag))
    }),
  )
})
