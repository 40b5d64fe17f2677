import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ImageUpdatePolicySpec } from '../../src/api/v1alpha1.ts'
import { decide, type LinkedFacts } from '../../src/core/decide.ts'
import type { PushFacts } from '../../src/core/proposal.ts'
import { policySpec } from './build-policy.ts'

const now = Date.UTC(2026, 10, 24)

/** A branch of ours that says a value (undefined: it is not there), with what a test says of it. */
function branch(value: string | undefined, parts: Partial<PushFacts> = {}): PushFacts {
  const said = value === undefined ? undefined : { value, values: [value], complete: true, carriedDue: false }
  return {
    branch: 'image-updates/web',
    base: 'main',
    isThere: value !== undefined,
    isOurs: true,
    said,
    overtaken: false,
    fixed: false,
    proposed: value,
    takenBack: false,
    repairTakenBack: false,
    ...parts,
  }
}

interface Scene {
  readonly base?: string | undefined
  readonly push: PushFacts
  readonly written?: string
  readonly choice?: string
  readonly carriedDue?: boolean
  readonly complete?: boolean
  readonly spec?: Partial<ImageUpdatePolicySpec>
}

/** What is done where the base says 1.4.0 and 1.5.0 is the choice. */
function verdictOn({ push, written, choice = '1.5.0', spec = {}, ...scene }: Scene) {
  const base = 'base' in scene ? scene.base : '1.4.0'
  const { carriedDue = false, complete = true } = scene
  const facts: LinkedFacts = {
    exact: true,
    images: [],
    owner: undefined,
    conflict: undefined,
    written,
    writtenAt: undefined,
    retryAt: undefined,
    desired: { kind: 'known', value: base, values: [base], complete, carriedDue },
    push,
  }
  return decide(policySpec({ writeBack: { method: 'git' }, ...spec }), { tag: choice }, facts, {
    now,
    metadata: new Map(),
  })
}

function said(scene: Scene): string {
  const { repair, action } = verdictOn(scene)
  const told =
    action.kind === 'write'
      ? `write ${action.from} -> ${action.to}`
      : action.kind === 'held'
        ? action.gate
        : action.kind
  return repair ? `repair, ${told}` : told
}

const overwrite = { whenReverted: 'overwrite' } as const
const down = { constraints: { allowDowngrade: true } }
const unmended = { value: '1.5.0', values: ['1.5.0'], complete: true, carriedDue: true }
const rows: readonly [name: string, scene: Scene, wanted: string][] = [
  ['no branch yet', { push: branch(undefined) }, 'write 1.4.0 -> 1.5.0'],
  ['the choice is there and waits', { push: branch('1.5.0') }, 'Merge'],
  ['what waits is older than the choice', { push: branch('1.4.9') }, 'write 1.4.0 -> 1.5.0'],
  ['the first value of all waits', { base: undefined, push: branch('1.5.0') }, 'Merge'],
  ['the base has the choice, whatever the branch says', { base: '1.5.0', push: branch('1.4.9') }, 'upToDate'],
  ['merged, and the branch deleted', { base: '1.5.0', push: branch(undefined, { proposed: '1.5.0' }) }, 'upToDate'],
  [
    'the branch says it, but nobody knows since when',
    { push: branch('1.5.0', { proposed: undefined }) },
    'write 1.4.0 -> 1.5.0',
  ],
  ['the branch can’t be merged any more', { push: branch('1.5.0', { overtaken: true }) }, 'write 1.4.0 -> 1.5.0'],
  ['nor be rewritten', { push: branch('1.5.0', { overtaken: true, fixed: true }) }, 'Merge'],
  [
    'nor be rewritten, and something newer is chosen',
    { push: branch('1.4.9', { overtaken: true, fixed: true }) },
    'write 1.4.0 -> 1.5.0',
  ],
  ['what is carried over has changed since', { push: branch('1.5.0', { said: unmended }) }, 'write 1.4.0 -> 1.5.0'],
  ['a part is missing on the base, and waits', { base: '1.5.0', complete: false, push: branch('1.5.0') }, 'Merge'],
  [
    'a part is missing on the base',
    { base: '1.5.0', complete: false, push: branch(undefined) },
    'write 1.5.0 -> 1.5.0',
  ],
  ['nothing can be read on the branch', { push: branch('1.5.0', { said: undefined }) }, 'write 1.4.0 -> 1.5.0'],
  ['deleted before it was merged', { push: branch(undefined, { proposed: '1.5.0' }) }, 'Reverted'],
  [
    'deleted, and something newer is chosen',
    { push: branch(undefined, { proposed: '1.4.9' }) },
    'write 1.4.0 -> 1.5.0',
  ],
  ['deleted, and something older is chosen', { push: branch(undefined, { proposed: '1.6.0' }) }, 'Reverted'],
  [
    'deleted, and overwritten',
    { spec: overwrite, push: branch(undefined, { proposed: '1.5.0' }) },
    'write 1.4.0 -> 1.5.0',
  ],
  [
    'taken back on the branch by a person',
    { push: branch('1.4.0', { isOurs: false, proposed: '1.5.0', takenBack: true }) },
    'Reverted',
  ],
  [
    'taken back on the branch in the second of two places',
    {
      push: branch('1.5.0', {
        said: { value: '1.5.0', values: ['1.5.0', '1.4.0'], complete: false, carriedDue: false },
        isOurs: false,
        takenBack: true,
      }),
    },
    'Reverted',
  ],
  [
    'deleted, and the branch made again by others of ours',
    { push: branch('1.4.0', { proposed: '1.5.0', takenBack: true }) },
    'Reverted',
  ],
  [
    'deleted, made again, and it says by now what was proposed',
    { push: branch('1.5.0', { takenBack: true }) },
    'Merge',
  ],
  ['gone from the branch when it began anew', { push: branch('1.4.0', { proposed: '1.5.0' }) }, 'write 1.4.0 -> 1.5.0'],
  [
    'undone on the base after it was merged',
    { written: '1.5.0', push: branch('1.5.0', { proposed: undefined }) },
    'Reverted',
  ],
  ['the base is above the choice', { base: '1.6.0', push: branch(undefined) }, 'Downgrade'],
  ['our own proposal follows the choice down', { push: branch('1.6.0') }, 'write 1.4.0 -> 1.5.0'],
  [
    'a person put something above the choice on the branch',
    { push: branch('1.6.0', { isOurs: false, proposed: '1.4.9' }) },
    'Downgrade',
  ],
  [
    'and may be overruled',
    { spec: down, push: branch('1.6.0', { isOurs: false, proposed: '1.4.9' }) },
    'write 1.4.0 -> 1.5.0',
  ],
  [
    'what is carried over differs on both',
    { base: '1.5.0', carriedDue: true, push: branch('1.5.0', { said: unmended }) },
    'repair, upToDate',
  ],
  [
    'what is carried over is mended on the branch',
    { base: '1.5.0', carriedDue: true, push: branch('1.5.0') },
    'upToDate',
  ],
  [
    'what is carried over differs, and there is no branch',
    { base: '1.5.0', carriedDue: true, push: branch(undefined) },
    'repair, upToDate',
  ],
  [
    'what is carried over differs, and what waited was deleted',
    { carriedDue: true, push: branch(undefined, { proposed: '1.5.0' }) },
    'Reverted',
  ],
  [
    'what is carried over differs, and what waited was deleted, and others made the branch again',
    {
      carriedDue: true,
      push: branch('1.4.0', {
        said: { ...unmended, value: '1.4.0', values: ['1.4.0'] },
        proposed: '1.5.0',
        takenBack: true,
      }),
    },
    'Reverted',
  ],
  [
    'what is carried over differs, and somebody deleted the branch that mended it',
    { base: '1.5.0', carriedDue: true, push: branch(undefined, { repairTakenBack: true }) },
    'upToDate',
  ],
  [
    'the same, and it is overwritten',
    { base: '1.5.0', carriedDue: true, spec: overwrite, push: branch(undefined, { repairTakenBack: true }) },
    'repair, upToDate',
  ],
]
for (const [name, scene, wanted] of rows) test(name, () => assert.equal(said(scene), wanted))

const messages: readonly [scene: Scene, says: RegExp][] = [
  [{ push: branch('1.5.0') }, /^1\.5\.0 is on branch image-updates\/web and waits to be merged into main$/],
  [
    { push: branch(undefined, { proposed: '1.5.0' }) },
    /^1\.5\.0 was on branch image-updates\/web, which somebody deleted before it was merged into main; a newer choice/,
  ],
  [
    { push: branch('1.4.0', { isOurs: false, proposed: '1.5.0', takenBack: true }) },
    /^1\.5\.0 was on branch image-updates\/web, and somebody took it back there; a newer choice/,
  ],
  [
    { push: branch('1.4.0', { proposed: '1.5.0', takenBack: true }) },
    /^1\.5\.0 was on branch image-updates\/web, which somebody deleted before it was merged into main; a newer choice/,
  ],
  [
    { push: branch('1.6.0', { isOurs: false, proposed: undefined }) },
    /^1\.6\.0 \(on branch image-updates\/web\) ranks above the choice 1\.5\.0/,
  ],
]
for (const [scene, says] of messages)
  test(`it is said: ${says.source}`, () => {
    const { action } = verdictOn(scene)
    assert.match(action.kind === 'held' ? action.message : action.kind, says)
  })
