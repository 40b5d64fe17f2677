import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildEnvironment, withVariables } from '../../../src/core/targets/build-environment.ts'
import { application, source } from '../build-application.ts'

const app = application({ project: 'shop', destinationNamespace: 'prod' })
const environment = buildEnvironment(app, source({ targetRevision: 'v2' }), 'argocd')

const rows: readonly [text: string, expanded: string | undefined][] = [
  ['values.yaml', 'values.yaml'],
  ['envs/$ARGOCD_APP_NAME.yaml', 'envs/web.yaml'],
  ['envs/${ARGOCD_APP_NAME}-x.yaml', 'envs/web-x.yaml'],
  ['$ARGOCD_APP_NAMESPACE/$ARGOCD_APP_PROJECT_NAME', 'prod/shop'],
  ['/$ARGOCD_APP_SOURCE_PATH/$ARGOCD_APP_SOURCE_TARGET_REVISION.yaml', '/apps/web/v2.yaml'],
  ['$ARGOCD_APP_SOURCE_REPO_URL', 'https://git.example.com/acme/config.git'],
  ['$ARGOCD_APP_NAMEX/a', '/a'],
  ['$NOBODY/a.yaml', '/a.yaml'],
  ['$$ARGOCD_APP_NAME', '$ARGOCD_APP_NAME'],
  ['$1-$?.yaml', '-.yaml'],
  ['a$/b$', 'a$/b$'],
  ['${}a', 'a'],
  ['$KUBE_VERSION.yaml', '.yaml'],
  ['$ARGOCD_APP_REVISION.yaml', undefined],
  ['${ARGOCD_APP_REVISION_SHORT}/a.yaml', undefined],
]
for (const [text, expanded] of rows)
  test(`${text} is ${expanded ?? 'known only while Argo CD renders'}`, () =>
    assert.equal(withVariables(text, environment), expanded))

test('an Application outside of Argo CD’s namespace is called by both names', () => {
  const elsewhere = buildEnvironment(application({ namespace: 'team-a' }), source(), 'argocd')
  assert.equal(withVariables('$ARGOCD_APP_NAME', elsewhere), 'team-a_web')
})
