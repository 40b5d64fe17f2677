import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Project } from '../../../src/core/applications/application.ts'
import { admitsNamespace, mayLink } from '../../../src/core/applications/tenancy.ts'
import { application } from '../build-application.ts'

function project(sourceNamespaces: readonly string[]): Project {
  return { namespace: 'argocd', name: 'default', sourceNamespaces, sourceRepos: [] }
}

const rows: readonly [sourceNamespaces: readonly string[], admits: boolean, opens: boolean][] = [
  [[], false, false],
  [['team-a'], true, true],
  [['team-b'], false, false],
  [['team-*'], true, true],
  [['{team-a,team-b}'], true, true],
  [['*'], true, false],
  [['***'], true, false],
  [['/^team-/'], true, false],
  [['/TEAM/'], false, false],
  [['/(?=team)/'], false, false],
  [['/'], false, false],
]
for (const [sourceNamespaces, admits, opens] of rows) {
  test(`${JSON.stringify(sourceNamespaces)} ${admits ? 'admits' : 'does not admit'} Applications of team-a, ${opens ? 'opens' : 'does not open'} Argo CD’s to its policies`, () => {
    assert.equal(admitsNamespace(project(sourceNamespaces), 'team-a'), admits)
    const tenancy = {
      argocdNamespace: 'argocd',
      allowCrossNamespace: false,
      projectOf: () => project(sourceNamespaces),
    }
    assert.equal(mayLink(application({ namespace: 'argocd' }), 'team-a', tenancy), opens)
    assert.equal(
      mayLink(application({ namespace: 'team-b' }), 'team-a', tenancy),
      false,
      'only Argo CD’s own namespace',
    )
    assert.equal(mayLink(application({ namespace: 'team-a' }), 'team-a', tenancy), true)
  })
}
