import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../src/metrics.ts'

const web = { namespace: 'argocd', name: 'web' }
const info = { ...web, image: 'ghcr.io/acme/web', strategy: 'semver', method: 'git' }

test('the info series of a policy is replaced, not joined by another', async () => {
  const metrics = createMetrics()
  metrics.describePolicy({ ...info, chosen: '1.0.0' })
  metrics.describePolicy({ ...info, chosen: '1.1.0' })
  const { text } = await metrics.scrape()
  assert.deepEqual(
    text.split('\n').filter((line) => line.startsWith('imageupdate_policy_info{')),
    [
      'imageupdate_policy_info{namespace="argocd",name="web",image="ghcr.io/acme/web",strategy="semver",method="git",chosen="1.1.0"} 1',
    ],
  )
})

test('every series of a policy goes with it, those of others stay', async () => {
  const metrics = createMetrics()
  for (const name of ['web', 'api']) {
    metrics.describePolicy({ ...info, name, chosen: '1.0.0' })
    metrics.policyReady.set({ namespace: 'argocd', name }, 1)
    metrics.policyApplications.set({ namespace: 'argocd', name }, 2)
    metrics.updates.inc({ namespace: 'argocd', name, method: 'git' })
  }
  metrics.forgetPolicy(web)
  const { text } = await metrics.scrape()
  assert.doesNotMatch(text, /name="web"/)
  assert.equal(text.match(/name="api"/g)?.length, 4)
})

test('two instances count for themselves', async () => {
  const [one, other] = [createMetrics(), createMetrics()]
  one.reconciles.inc({ reason: 'UpToDate' })
  assert.doesNotMatch((await other.scrape()).text, /reason="UpToDate"/)
})

test('the first fault is an increase: what alerts ask for is there from the start', async () => {
  const { text } = await createMetrics().scrape()
  assert.match(text, /^imageupdate_reconciles_total\{reason="InternalError"\} 0$/m)
})
