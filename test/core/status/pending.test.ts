import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PendingStatus } from '../../../src/api/v1alpha1.ts'
import { pendingStatus, type WaitingParts } from '../../../src/core/status/pending.ts'

const until = Date.UTC(2026, 0, 1)
const waiting = {
  tag: '1.5.0',
  digest: undefined,
  holds: [
    { gate: 'Platforms', reason: 'PlatformMissing', message: 'has no image for linux/arm64' },
    { gate: 'MinAge', reason: 'TooYoung', message: 'is young', until },
  ],
  nextAt: undefined,
} as const
const choice = { tag: '1.4.0', digest: 'sha256:a' }
const held = { name: 'web', heldBy: 'Reverted' } as const

const rows: readonly (readonly [name: string, parts: WaitingParts, pending: PendingStatus | undefined])[] = [
  ['nothing', { choice, applications: [{ name: 'web' }] }, undefined],
  [
    'the choice at some Applications',
    { choice, applications: [held, { ...held, name: 'api' }, { name: 'db' }] },
    { ...choice, heldBy: [{ gate: 'Reverted', applications: 'web, api' }] },
  ],
  [
    'a tag above the choice',
    { choice, waiting, applications: [] },
    { tag: '1.5.0', heldBy: [{ gate: 'MinAge', until: '2026-01-01T00:00:00Z' }, { gate: 'Platforms' }] },
  ],
  [
    'both: the tag above is named',
    { choice, waiting: { ...waiting, digest: 'sha256:b', holds: [waiting.holds[0]] }, applications: [held] },
    { tag: '1.5.0', digest: 'sha256:b', heldBy: [{ gate: 'Platforms' }, { gate: 'Reverted', applications: 'web' }] },
  ],
  [
    'whatever a scan would bring',
    { gate: 'ScanSuspicious', applications: [] },
    { heldBy: [{ gate: 'ScanSuspicious' }] },
  ],
  [
    'the same gate for all and at an Application',
    { gate: 'ScanSuspicious', applications: [{ name: 'web', heldBy: 'ScanSuspicious' }] },
    { heldBy: [{ gate: 'ScanSuspicious', applications: 'web' }] },
  ],
  [
    'the choice wherever it would be written',
    { choice: { tag: '1.4.0', digest: '' }, gate: 'Downgrade', applications: [] },
    { tag: '1.4.0', heldBy: [{ gate: 'Downgrade' }] },
  ],
]
for (const [name, parts, pending] of rows)
  test(`what waits: ${name}`, () => assert.deepEqual(pendingStatus(parts), pending))
