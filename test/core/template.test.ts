import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseTemplate, type TemplateScope } from '../../src/core/template.ts'

const change = (Application: string, From: string, To: string) => ({
  Application,
  Namespace: 'argocd',
  Policy: 'argocd/web',
  Image: 'ghcr.io/acme/web',
  From,
  To,
})

const scope: TemplateScope = {
  Repository: 'https://git.example.com/acme/config.git',
  Branch: 'main',
  Changes: [change('web-eu', '1.0', '1.1'), change('web-us', '', '1.1')],
}

const rendered: readonly (readonly [name: string, template: string, text: string])[] = [
  ['text stays as it is', 'chore: update\n\nimages }} {', 'chore: update\n\nimages }} {'],
  ['fields of the root', '{{ .Branch }} of {{.Repository}}', 'main of https://git.example.com/acme/config.git'],
  ['the root may be named', '{{ $.Branch }}', 'main'],
  ['blanks and line ends in an action do not matter', '{{\n  .Branch\t}}', 'main'],
  ['a third brace is text', '{{ .Branch }}}', 'main}'],
  ['a range repeats for each change', '{{ range .Changes }}[{{ .Application }}]{{ end }}', '[web-eu][web-us]'],
  [
    'every field of a change',
    '{{ range .Changes }}{{ .Application }} {{ .Namespace }} {{ .Policy }} {{ .Image }} {{ .From }} {{ .To }};{{ end }}',
    'web-eu argocd argocd/web ghcr.io/acme/web 1.0 1.1;web-us argocd argocd/web ghcr.io/acme/web  1.1;',
  ],
  ['the root within a range', '{{ range .Changes }}{{ $.Branch }} {{ end }}', 'main main '],
  ['a range of the root by name', '{{ range $.Changes }}.{{ end }}', '..'],
  ['two ranges', '{{ range .Changes }}a{{ end }}{{ range .Changes }}b{{ end }}', 'aabb'],
  ['an empty range', '{{ range .Changes }}{{ end }}', ''],
  ['trim marks take blanks and line ends away', 'a \n {{- .Branch -}} \n\t b', 'amainb'],
  ['a trim mark on one side', 'a {{ .Branch -}} b', 'a mainb'],
  ['trim marks reach into a range', 'x\n{{- range .Changes }}\n* {{ .To }}\n{{- end }}\ny', 'x\n* 1.1\n* 1.1\ny'],
  ['an empty template', '', ''],
]

for (const [name, template, text] of rendered) {
  test(`renders: ${name}`, () => {
    const parsed = parseTemplate(template)
    assert.ok(parsed.ok)
    assert.equal(parsed.value.render(scope), text)
    assert.equal(parsed.value.source, template)
  })
}

const faults: readonly (readonly [template: string, fault: string])[] = [
  ['{{ if .Branch }}x{{ end }}', '{{ if }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  [
    '{{ range .Changes }}{{ else }}{{ end }}',
    '{{ else }} is not supported: use fields and {{ range .Changes }}…{{ end }}',
  ],
  ['{{ with .Branch }}{{ end }}', '{{ with }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ define "x" }}', '{{ define }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ len .Changes }}', '{{ len }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ .Branch | upper }}', '{{ .Branch | upper }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  [
    '{{ range $i, $c := .Changes }}',
    '{{ range $i, $c := .Changes }} is not supported: use fields and {{ range .Changes }}…{{ end }}',
  ],
  ['{{ range .Images }}', '{{ range .Images }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ $x }}', '{{ $x }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ .Branch.Name }}', '{{ .Branch.Name }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ "{{" }}', '{{ "{{" }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{/* note */}}', '{{ /* note */ }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ . }}', '{{ . }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{ }}', '{{  }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{- -}}', '{{  }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  ['{{-.Branch}}', '{{ -.Branch }} is not supported: use fields and {{ range .Changes }}…{{ end }}'],
  [
    `{{ ${'x'.repeat(300)}. }}`,
    `{{ ${'x'.repeat(40)} }} is not supported: use fields and {{ range .Changes }}…{{ end }}`,
  ],
  ['{{ .Tag }}', '.Tag is no field: use .Repository .Branch'],
  ['{{ .branch }}', '.branch is no field: use .Repository .Branch'],
  ['{{ .constructor }}', '.constructor is no field: use .Repository .Branch'],
  ['{{ .Changes }}', '.Changes is a list: write {{ range .Changes }}…{{ end }}'],
  ['{{ .To }}', '.To belongs to a change: write {{ .To }} inside of {{ range .Changes }}…{{ end }}'],
  [
    '{{ range .Changes }}{{ $.To }}{{ end }}',
    '.To belongs to a change: write {{ .To }} inside of {{ range .Changes }}…{{ end }}',
  ],
  ['{{ range .Changes }}{{ .Branch }}{{ end }}', 'in a range, .Branch is written {{ $.Branch }}'],
  ['{{ range .Changes }}{{ .Tag }}{{ end }}', '.Tag is no field: use .Application .Namespace .Policy .Image .From .To'],
  ['{{ range .Changes }}{{ range .Changes }}', 'a range in a range is not supported: end the first with {{ end }}'],
  ['{{ range .Changes }}x', '{{ range .Changes }} is never ended: write {{ end }} behind it'],
  ['{{ end }}', '{{ end }} ends nothing: take it out, or write {{ range .Changes }} before'],
  ['x {{ .Branch', '{{ is never closed: write }} behind the field'],
  ['{{ .Branch }', '{{ is never closed: write }} behind the field'],
]

for (const [template, fault] of faults) {
  test(`is a fault: ${template.slice(0, 50)}`, () => assert.deepEqual(parseTemplate(template), { ok: false, fault }))
}

const piece = fc.constantFrom(
  '{{ .Branch }}',
  '{{ range .Changes }}',
  '{{ end }}',
  '{{ .To }}',
  '{{- $.Branch -}}',
  '{{',
  '}}',
  ' \n',
)
const templates = fc
  .array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 12 })
  .map((pieces) => pieces.join(''))
const scopes = fc.record({
  Repository: fc.string(),
  Branch: fc.string(),
  Changes: fc.array(
    fc.record({
      Application: fc.string(),
      Namespace: fc.string(),
      Policy: fc.string(),
      Image: fc.string(),
      From: fc.string(),
      To: fc.string(),
    }),
    { maxLength: 3 },
  ),
})

test('whatever the text, it is a template or a fault; whatever the scope, a template renders', () => {
  fc.assert(
    fc.property(templates, scopes, (text, anyScope) => {
      const template = parseTemplate(text)
      if (template.ok) assert.equal(typeof template.value.render(anyScope), 'string')
      else assert.notEqual(template.fault, '')
    }),
    { numRuns: 1_000 },
  )
})

test('what a value holds is never read as a template', () => {
  const template = parseTemplate('{{ .Branch }}')
  assert.ok(template.ok)
  fc.assert(fc.property(templates, (Branch) => assert.equal(template.value.render({ ...scope, Branch }), Branch)))
})
