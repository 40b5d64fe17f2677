import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseTemplate } from '../../../src/core/git/template.ts'
import type { TemplateScope } from '../../../src/core/git/template/scope.ts'

const change = (Application: string, From: string, To: string) => ({
  Application,
  Namespace: 'argocd',
  Policy: 'argocd/web',
  Image: 'ghcr.io/acme/web',
  From,
  To,
  Source: '',
  Revision: '',
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
  ['a comment is nothing', 'a{{/* note */}}b{{- /* note */ -}} c', 'abc'],
  ['what holds is rendered', '{{ if .Branch }}yes{{ end }}', 'yes'],
  [
    'what does not hold is not',
    '{{ range .Changes }}[{{ if .From }}{{ .From }} → {{ end }}{{ .To }}]{{ end }}',
    '[1.0 → 1.1][1.1]',
  ],
  ['otherwise', '{{ range .Changes }}{{ if eq .From "1.0" }}a{{ else if .From }}b{{ else }}c{{ end }}{{ end }}', 'ac'],
  ['several conditions', '{{ if and .Branch (gt (len .Changes) 1) }}many{{ else }}one{{ end }}', 'many'],
  ['the opposite', '{{ if not .Changes }}none{{ else }}some{{ end }}{{ if ne .Branch "main" }}x{{ end }}', 'some'],
  ['a number', '{{ len .Changes }} {{ if lt (len .Changes) 2 }}image{{ else }}images{{ end }}', '2 images'],
  [
    'a text at hand',
    '{{ range .Changes }}{{ with .From }}{{ . }} on {{ $.Branch }}{{ else }}new{{ end }};{{ end }}',
    '1.0 on main;new;',
  ],
  [
    'functions',
    '{{ upper .Branch }} {{ .Branch | trunc 2 | upper }} {{ trimPrefix "ma" .Branch }} {{ trimSuffix "x" .Branch }}',
    'MAIN MA in main',
  ],
  ['a literal', '{{ "a\\"b\\n" }}{{ lower "X" }}', 'a"b\nx'],
  ['a truth', '{{ or .Branch .Changes }} {{ eq 1 2 }}', 'true false'],
  [
    'a range within an if, and one that is empty',
    '{{ if .Branch }}{{ range .Changes }}x{{ else }}y{{ end }}{{ end }}',
    'xx',
  ],
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

const unsupported = (action: string): string =>
  `{{ ${action} }} is not supported: use fields, if, else, with, range .Changes and the functions len, eq, ne, and, or, not, gt, lt, lower, upper, trunc, trimPrefix, trimSuffix`

const faults: readonly (readonly [template: string, fault: string])[] = [
  ...[
    '{{ range $i, $c := .Changes }}',
    '{{ range .Images }}',
    '{{ $x }}',
    '{{ .Branch.Name }}',
    '{{ .Branch | replace }}',
    '{{ nonsense .Branch }}',
    '{{ .Branch | .Branch }}',
    '{{ (len .Changes }}',
    '{{ .Branch .Branch }}',
    '{{ "a }}',
    '{{ 1x }}',
  ].map((template): [string, string] => [template, unsupported(template.slice(3, -3))]),
  ['{{ define "x" }}', unsupported('define')],
  ['{{ template "x" }}', unsupported('template')],
  ['{{ }}', unsupported('')],
  ['{{- -}}', unsupported('')],
  ['{{-.Branch}}', unsupported('-.Branch')],
  [`{{ ${'x'.repeat(300)}. }}`, unsupported('x'.repeat(40))],
  ['{{ . }}', '{{ . }} is a text only in {{ with … }}…{{ end }}: name a field'],
  ['{{ len .Branch }}', '{{ len .Branch }}: len takes the list .Changes'],
  ['{{ eq .Branch 1 }}', '{{ eq .Branch 1 }}: eq takes a value of the same type and a value of the same type'],
  ['{{ upper }}', '{{ upper }}: upper takes a text'],
  ['{{ trunc .Branch 1 }}', '{{ trunc .Branch 1 }}: trunc takes a number and a text'],
  ['{{ with .Changes }}x{{ end }}', '{{ with .Changes }}: with takes a text; write if, or range for .Changes'],
  ['{{ with .Branch }}{{ .Branch }}{{ end }}', 'in a with, .Branch is written {{ $.Branch }}'],
  ['{{ with .Branch }}{{ .To }}{{ end }}', 'in a with, . is its text and has no .To: write {{ . }}'],
  ['{{ with .Branch }}{{ range .Changes }}', 'in a with, .Changes is written {{ range $.Changes }}'],
  ['{{ if .Branch }}x', '{{ if .Branch }} is never ended: write {{ end }} behind it'],
  ['{{ if .Branch }}x{{ else }}y', '{{ if .Branch }} is never ended: write {{ end }} behind it'],
  [
    '{{ if .Branch }}{{ else }}{{ else }}{{ end }}',
    '{{ else }} may stand once only, and last: write {{ end }} behind it',
  ],
  ['{{ range .Changes }}{{ else if .Branch }}{{ end }}', unsupported('else if .Branch')],
  ['{{ else }}', '{{ else }} ends nothing: take it out, or write {{ range .Changes }} or {{ if … }} before'],
  ['{{ if .Branch }}'.repeat(30), 'blocks stand in each other more than 20 deep'],
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
  [
    '{{ range .Changes }}{{ .Tag }}{{ end }}',
    '.Tag is no field: use .Application .Namespace .Policy .Image .From .To .Source .Revision',
  ],
  ['{{ range .Changes }}{{ range .Changes }}', 'a range in a range is not supported: end the first with {{ end }}'],
  ['{{ range .Changes }}x', '{{ range .Changes }} is never ended: write {{ end }} behind it'],
  ['{{ end }}', '{{ end }} ends nothing: take it out, or write {{ range .Changes }} or {{ if … }} before'],
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
  '{{ else }}',
  '{{ if .Branch }}',
  '{{ else if gt (len $.Changes) 1 }}',
  '{{ with $.Branch | upper }}',
  '{{ . }}',
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
      Source: fc.string(),
      Revision: fc.string(),
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
