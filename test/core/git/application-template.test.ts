import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseApplicationTemplate, type ApplicationScope } from '../../../src/core/git/application-template.ts'

const scope: ApplicationScope = {
  AppName: 'web-eu',
  AppNamespace: 'argocd',
  Policy: 'web',
  Labels: { env: 'prod', 'acme.io/team': 'front' },
  Annotations: { file: '../x.yaml' },
}

const rows: readonly [template: string, path: string][] = [
  ['values.yaml', 'values.yaml'],
  ['envs/{{ .AppName }}/{{.AppNamespace}}-{{ .Policy }}.yaml', 'envs/web-eu/argocd-web.yaml'],
  ['{{ .Labels.env }}/{{ index .Labels "acme.io/team" }}', 'prod/front'],
  ['{{ .Annotations.file }}', '../x.yaml'],
  ['$values/{{ .AppName }}', '$values/web-eu'],
]
for (const [template, path] of rows)
  test(`${template} is ${path}`, () => {
    const parsed = parseApplicationTemplate(template, 'writeBack.git.path')
    assert.ok(parsed.ok)
    assert.deepEqual(parsed.value.render(scope), { ok: true, value: path })
  })

const faults: readonly [template: string, says: RegExp][] = [
  ['{{ .Labels.team }}', /^Application argocd\/web-eu has no label team, which writeBack\.git\.path needs$/],
  ['{{ .Annotations.toString }}', /has no annotation toString/],
]
for (const [template, says] of faults)
  test(`${template} is a fault of this Application`, () => {
    const parsed = parseApplicationTemplate(template, 'writeBack.git.path')
    assert.ok(parsed.ok)
    const rendered = parsed.value.render(scope)
    assert.match(rendered.ok ? 'rendered' : rendered.fault, says)
  })

for (const template of ['{{ .Image }}', '{{ AppName }}', '{{ if .AppName }}', '{{ .Labels }}', '{{ .AppName', '{{}}'])
  test(`${template} is no template`, () => {
    const parsed = parseApplicationTemplate(template, 'writeBack.git.path')
    assert.match(parsed.ok ? 'parsed' : parsed.fault, /is not supported: use \.AppName|is never closed/)
  })
