import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderTemplate } from './helm-template.ts'

const scope = {
  Values: { a: { b: 'x' }, on: true, off: false, n: 7, list: [1] },
  Release: { Name: 'web' },
  Chart: { AppVersion: '9' },
}

const rows: readonly (readonly [template: string, text: string])[] = [
  ['{{ .Values.a.b }}:{{ .Release.Name }}', 'x:web'],
  ['{{.Values.n}}', '7'],
  ['a {{- .Values.a.b -}} c', 'axc'],
  ['{{ .Values.a.b | quote }}', '"x"'],
  ['{{ .Values.none | default .Chart.AppVersion }}', '9'],
  ['{{ .Values.none | default "d" | quote }}', '"d"'],
  ['{{ .Values.none }}', ''],
  ['{{/* no */}}x', 'x'],
  ['{{ if .Values.on }}1{{ else }}2{{ end }}3', '13'],
  ['{{ if .Values.off }}1{{ else }}2{{ end }}3', '23'],
  ['{{ if .Values.off }}{{ if .Values.on }}1{{ end }}{{ .Values.x.y.z }}{{ end }}3', '3'],
]
for (const [template, text] of rows) test(template, () => assert.equal(renderTemplate(template, scope), text))

const refused: readonly (readonly [template: string, message: RegExp])[] = [
  ['{{ .Values.x.y }}', /nil pointer/],
  ['{{ range .Values.list }}{{ end }}', /can't render \{\{ range/],
  ['{{ if .Values.on }}', /unexpected EOF/],
  ['{{ .Values.a.b | upper }}', /can't render \{\{ upper/],
]
for (const [template, message] of refused) {
  test(`${template} is refused`, () => assert.throws(() => renderTemplate(template, scope), message))
}
