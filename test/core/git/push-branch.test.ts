import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseApplicationTemplate, type ApplicationScope } from '../../../src/core/git/application-template.ts'
import { besideBase, pushBranchName } from '../../../src/core/git/push-branch.ts'

const scope: ApplicationScope = {
  AppName: 'web',
  AppNamespace: 'argocd',
  Policy: 'all',
  Labels: { team: 'front' },
  Annotations: { branch: 'a b', base: 'main', head: 'HEAD', empty: '' },
}

function nameOf(text: string): string {
  const template = parseApplicationTemplate(text, 'writeBack.git.pushBranch')
  assert.ok(template.ok)
  const name = pushBranchName(template.value, scope)
  return name.ok ? name.value : name.fault
}

const names: readonly [text: string, says: RegExp][] = [
  ['image-updates/{{ .AppName }}', /^image-updates\/web$/],
  ['updates-{{ .Labels.team }}-{{ .AppNamespace }}-{{ .Policy }}', /^updates-front-argocd-all$/],
  ['{{ .Annotations.branch }}', /^writeBack\.git\.pushBranch comes to "a b", which has a character/],
  ['{{ .Annotations.empty }}', /comes to "", which is no name of a branch/],
  ['{{ .Annotations.head }}', /comes to "HEAD", which is a reference and no branch/],
  ['x/{{ .Labels.app }}', /has no label app, which writeBack\.git\.pushBranch needs$/],
]
for (const [text, says] of names) test(`${text} comes to ${says.source}`, () => assert.match(nameOf(text), says))

const bases: readonly [name: string, base: string, says: RegExp][] = [
  ['updates', 'main', /^updates$/],
  ['main-updates', 'main', /^main-updates$/],
  ['main', 'main', /comes to "main", which is the branch to merge into/],
  ['main/updates', 'main', /git keeps no branch main\/updates beside a branch main/],
  ['release', 'release/1.x', /git keeps no branch release\/1\.x beside a branch release/],
]
for (const [name, base, says] of bases)
  test(`${name} beside ${base}`, () => {
    const found = besideBase(name, base)
    assert.match(found.ok ? found.value : found.fault, says)
  })
