import assert from 'node:assert/strict'
import { test } from 'node:test'
import { merged, notLive, readyChanged, reverted, takenBack, updated, type PolicyEvent } from '../../src/api/events.ts'

const application = { namespace: 'argocd', name: 'web' }
const image = 'ghcr.io/acme/web'

const rows: readonly [event: PolicyEvent, type: string, reason: string, message: string][] = [
  [
    updated({ application, image, from: '1.4.1', to: '1.4.2', revision: '3f1c' }),
    'Normal',
    'Updated',
    'Set ghcr.io/acme/web of Application argocd/web from 1.4.1 to 1.4.2 in commit 3f1c',
  ],
  [
    updated({ application, image, from: undefined, to: '1.4.2', revision: undefined }),
    'Normal',
    'Updated',
    'Set ghcr.io/acme/web of Application argocd/web to 1.4.2',
  ],
  [
    updated({
      application,
      image,
      from: '1.4.1',
      to: '1.4.2',
      revision: '3f1c',
      waitsOn: { branch: 'updates', base: 'main' },
    }),
    'Normal',
    'Updated',
    'Set ghcr.io/acme/web of Application argocd/web from 1.4.1 to 1.4.2 in commit 3f1c on branch updates, to be merged into main',
  ],
  [
    merged(application, '1.4.2', '9e2d'),
    'Normal',
    'Merged',
    '1.4.2 of Application argocd/web was merged (seen at 9e2d)',
  ],
  [
    takenBack(application, 'branch updates was deleted'),
    'Warning',
    'Reverted',
    'Application argocd/web: branch updates was deleted',
  ],
  [
    reverted({ application, from: '1.4.2', to: '1.4.1', seenAt: 'commit 9e2d' }),
    'Warning',
    'Reverted',
    'Somebody set Application argocd/web from 1.4.2 back to 1.4.1 (seen at commit 9e2d); held until something newer is chosen or imageupdate.dev/resumedAt is set',
  ],
  [
    reverted({ application, from: '1.4.2', to: undefined, seenAt: 'generation 7' }),
    'Warning',
    'Reverted',
    'Somebody took 1.4.2 out of Application argocd/web (seen at generation 7); held until something newer is chosen or imageupdate.dev/resumedAt is set',
  ],
  [readyChanged(true, 'UpToDate', 'all is well'), 'Normal', 'UpToDate', 'all is well'],
  [readyChanged(false, 'RegistryAuthFailed', 'refused'), 'Warning', 'RegistryAuthFailed', 'refused'],
  [notLive(application, 'no Pod has 1.4.2'), 'Warning', 'NotLive', 'Application argocd/web: no Pod has 1.4.2'],
]
for (const [event, type, reason, message] of rows)
  test(message, () => assert.deepEqual(event, { type, reason, message }))
