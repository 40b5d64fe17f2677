import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Change } from '../../../src/core/change.ts'
import { commitMessage, parseTrailers } from '../../../src/core/git/commit-message.ts'
import { parseTemplate, type Template } from '../../../src/core/git/template.ts'

const at = { repository: 'https://git.example.com/acme/config.git', branch: 'main' }
const digest = `sha256:0123456789abcdef${'0'.repeat(48)}`

function change(name: string, rest: Partial<Change> = {}): Change {
  return {
    policy: 'argocd/web',
    application: { namespace: 'argocd', name },
    image: 'ghcr.io/acme/web',
    from: '1.4.1',
    to: '1.4.2',
    carried: [],
    ...rest,
  }
}

function template(text: string): Template {
  const parsed = parseTemplate(text)
  assert.ok(parsed.ok, text)
  return parsed.value
}

const trailersOf = (changes: readonly Change[]) =>
  changes.map(({ policy, application, to }) => ({ policy, application, to }))

const subjects: readonly (readonly [name: string, changes: readonly Change[], subject: string])[] = [
  ['one change', [change('web')], 'Update ghcr.io/acme/web to 1.4.2'],
  ['one image of many Applications', [change('eu'), change('us')], 'Update ghcr.io/acme/web to 1.4.2'],
  [
    'a tag with digest',
    [change('web', { to: `1.4.2@${digest}` })],
    'Update ghcr.io/acme/web to 1.4.2@sha256:0123456789ab',
  ],
  ['a digest', [change('web', { to: `@${digest}` })], 'Update ghcr.io/acme/web to @sha256:0123456789ab'],
  ['two values of one image', [change('eu'), change('us', { to: '2.0' })], 'Update 1 image in 2 Applications'],
  [
    'two images of one Application',
    [change('eu'), change('eu', { image: 'nginx' })],
    'Update 2 images in 1 Application',
  ],
  [
    'Applications of one name in two namespaces',
    [change('eu'), change('eu', { image: 'nginx', application: { namespace: 'apps', name: 'eu' } })],
    'Update 2 images in 2 Applications',
  ],
]

describe('the subject', () => {
  for (const [name, changes, subject] of subjects) {
    test(name, () => assert.equal(commitMessage(undefined, changes, at).split('\n')[0], subject))
  }
})

test('the default message has a line and a trailer for each change', () => {
  const changes = [
    change('eu', { carried: ['replicaCount', 'service.port'] }),
    change('us', { from: undefined, to: `1.4.2@${digest}`, anchors: ['tag'] }),
    change('repaired', { from: '1.4.2' }),
  ]
  assert.equal(
    commitMessage(undefined, changes, at),
    `Update 1 image in 3 Applications

argocd/eu: ghcr.io/acme/web 1.4.1 → 1.4.2
argocd/us: ghcr.io/acme/web 1.4.2@sha256:0123456789ab
argocd/repaired: ghcr.io/acme/web 1.4.2

Carried over into the override file:
argocd/eu: replicaCount, service.port

Changed at its anchor, so that its aliases follow:
argocd/us: &tag

Image-Update: argocd/web argocd/eu 1.4.2
Image-Update: argocd/web argocd/us 1.4.2@${digest}
Image-Update: argocd/web argocd/repaired 1.4.2
`,
  )
})

const templated: readonly (readonly [name: string, template: string, text: string])[] = [
  ['one line', 'chore: {{ .Branch }}', 'chore: main\n\nImage-Update: …\n'],
  ['fields are told whole', '{{ range .Changes }}{{ .From }}>{{ .To }}{{ end }}', '1.4.1>1.4.2\n\nImage-Update: …\n'],
  ['blanks around and at ends of lines go', '\n\n a  \nb\t\n\n\n', 'a\nb\n\nImage-Update: …\n'],
  ['line ends are one character', 'a\r\n\r\nb\r\n', 'a\n\nb\n\nImage-Update: …\n'],
  [
    'ours join the trailers of the template',
    'a\n\nChangelog: changed\nRefs: #7',
    'a\n\nChangelog: changed\nRefs: #7\nImage-Update: …\n',
  ],
  ['a subject is no trailer', 'chore: update', 'chore: update\n\nImage-Update: …\n'],
  ['a paragraph that is half of trailers stays one', 'a\n\nb\nRefs: #7', 'a\n\nb\nRefs: #7\n\nImage-Update: …\n'],
  [
    'forged trailers go',
    'a\n\nImage-Update: x/y a/b 1\nimage-update: x/y a/b 1\nRefs: #7',
    'a\n\nRefs: #7\nImage-Update: …\n',
  ],
  [
    'a template that comes to nothing',
    '{{ range .Changes }} {{ end }}',
    'Update ghcr.io/acme/web to 1.4.2\n\nargocd/web: ghcr.io/acme/web 1.4.1 → 1.4.2\n\nImage-Update: …\n',
  ],
  ['control characters of the template itself', 'a\u0000b\u001B[31mc', 'a\uFFFDb\uFFFD[31mc\n\nImage-Update: …\n'],
]

describe('a template', () => {
  for (const [name, text, message] of templated) {
    test(name, () => {
      const trailer = 'Image-Update: argocd/web argocd/web 1.4.2'
      assert.equal(commitMessage(template(text), [change('web')], at), message.replace('Image-Update: …', trailer))
    })
  }

  test('is followed by what was carried over', () => {
    const carried = Array.from({ length: 12 }, (_, index) => `p${index}`)
    const message = commitMessage(template('a\n\nRefs: #7'), [change('web', { carried })], at)
    assert.equal(
      message,
      `a

Carried over into the override file:
argocd/web: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more

Refs: #7
Image-Update: argocd/web argocd/web 1.4.2
`,
    )
  })

  test('is cut where it grows beyond all bounds', () => {
    const changes = Array.from({ length: 300 }, (_, index) => change(`web-${index}`))
    const long = template(`{{ range .Changes }}${'{{ .Image }}'.repeat(300)}{{ end }}`)
    const message = commitMessage(long, changes, at)
    assert.ok(message.length < 100_000)
    assert.equal(parseTrailers(message).length, 300)
  })
})

const forgeries = [
  '1.0\n\nImage-Update: x/y a/b 2.0',
  '1.0\r\nImage-Update: x/y a/b 2.0',
  '\nSigned-off-by: Somebody <a@example.com>',
  '1.0\u2028Image-Update: x/y a/b 2.0',
  '1.0 a/b 2.0',
  '\u202Egnihton',
  '\u0000',
  '%0A',
  '\uD800',
  'x'.repeat(100_000),
]

describe('a value can not be more than a value', () => {
  for (const value of forgeries) {
    test(JSON.stringify(value.slice(0, 50)), () => {
      const forged = change('web', { from: value, to: value, image: value, carried: [value] })
      for (const words of [undefined, template('{{ range .Changes }}{{ .From }}\n{{ .To }}{{ .Image }}\n{{ end }}')]) {
        const message = commitMessage(words, [forged, change('other')], at)
        const to = value.replaceAll('\uD800', '\uFFFD')
        assert.deepEqual(parseTrailers(message), trailersOf([{ ...forged, to }, change('other')]))
        assert.doesNotMatch(message, /[^\P{Cc}\n]|[\p{Cs}\u2028\u202E]/u)
        assert.doesNotMatch(message, /^Signed-off-by/m)
      }
    })
  }
})

const foreign: readonly (readonly [name: string, message: string])[] = [
  ['an empty message', ''],
  ['blank lines', '\n\n\n'],
  ['no trailers', 'Update web\n\nby hand'],
  ['a trailer elsewhere than at the end', 'a\n\nImage-Update: argocd/web argocd/eu 1.0\n\nb'],
  ['another case', 'a\n\nimage-update: argocd/web argocd/eu 1.0'],
  ['too few fields', 'a\n\nImage-Update: argocd/web argocd/eu'],
  ['too many fields', 'a\n\nImage-Update: argocd/web argocd/eu 1.0 2.0'],
  ['no namespace', 'a\n\nImage-Update: argocd/web eu 1.0'],
  ['an empty name', 'a\n\nImage-Update: argocd/web argocd/ 1.0'],
  ['two blanks', 'a\n\nImage-Update:  argocd/web argocd/eu 1.0'],
  ['an escape of half a character', 'a\n\nImage-Update: argocd/web argocd/eu %C3'],
  ['a value that another line goes on with', 'a\n\nRefs: x\n Image-Update: argocd/web argocd/eu 1.0'],
]

describe('a message that is not ours has no trailers', () => {
  for (const [name, message] of foreign) test(name, () => assert.deepEqual(parseTrailers(message), []))
})

test('trailers of others in the same paragraph, and line ends of another system, do no harm', () => {
  const message =
    'a\r\n\r\nRefs: #7\r\nImage-Update: argocd/web argocd/eu 1.0\r\nSigned-off-by: A <a@example.com>\r\n\r\n'
  assert.deepEqual(parseTrailers(message), [
    { policy: 'argocd/web', application: { namespace: 'argocd', name: 'eu' }, to: '1.0' },
  ])
})

test('git sees the trailers too', () => {
  const changes = [change('eu'), change('us', { to: 'a b' })]
  for (const words of [undefined, template('chore: images\n\nChangelog: changed')]) {
    const { stdout } = spawnSync('git', ['interpret-trailers', '--parse'], {
      input: commitMessage(words, changes, at),
      encoding: 'utf8',
    })
    const own = stdout.split('\n').filter((line) => line.startsWith('Image-Update: '))
    assert.deepEqual(own, ['Image-Update: argocd/web argocd/eu 1.4.2', 'Image-Update: argocd/web argocd/us a%20b'])
  }
})

test('three hundred changes stay compact', () => {
  const changes = Array.from({ length: 300 }, (_, index) => change(`web-${index}`))
  const message = commitMessage(undefined, changes, at)
  assert.ok(message.split('\n').length <= 606)
  assert.ok(message.length < 40_000, `${message.length}`)
})

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/)
const someText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...forgeries, '1.4.2', `@${digest}`))
const someChange = fc.record({
  policy: fc.tuple(name, name).map((names) => names.join('/')),
  application: fc.record(
    { namespace: name, name, source: fc.nat(20) },
    { requiredKeys: ['namespace', 'name'], noNullPrototype: true },
  ),
  image: someText,
  from: fc.option(someText, { nil: undefined }),
  to: someText.filter((text) => text !== ''),
  carried: fc.array(someText, { maxLength: 3 }),
})
const someTemplate = fc
  .array(
    fc.oneof(
      fc.constantFrom('{{ range .Changes }}{{ .To }}\n{{ end }}', '\n\n', '\n', 'Image-Update: a/b c/d e', 'Refs: x'),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => parseTemplate(pieces.join('')))

test('what a message says for machines is what was handed over, whatever the values and the template', () => {
  fc.assert(
    fc.property(fc.array(someChange, { minLength: 1, maxLength: 4 }), someTemplate, (changes, parsed) => {
      const message = commitMessage(parsed.ok ? parsed.value : undefined, changes, at)
      const wellFormed = changes.map((each) => ({ ...each, to: each.to.replaceAll(/\p{Cs}/gu, '\uFFFD') }))
      assert.deepEqual(parseTrailers(message), trailersOf(wellFormed))
      assert.notEqual(message.split('\n')[0]?.trim(), '')
    }),
    { numRuns: 1_000 },
  )
})

test('parsing trailers never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseTrailers(`a\n\nImage-Update: ${text}`)))
})

test('a sign-off ends the trailers, once, whatever else is told', () => {
  const signOff = { name: 'Bot', email: 'bot@example.com' }
  const line = 'Signed-off-by: Bot <bot@example.com>'
  const message = commitMessage(undefined, [change('web')], { ...at, signOff })
  assert.match(message, /\n\nImage-Update: [^\n]+\nSigned-off-by: Bot <bot@example\.com>\n$/)
  assert.deepEqual(parseTrailers(message), trailersOf([change('web')]))
  const own = commitMessage(template(`Update\n\n${line}`), [change('web')], { ...at, signOff })
  assert.equal(own.split(line).length, 2)
  const repair = commitMessage(undefined, [change('web', { isRepair: true })], { ...at, signOff })
  assert.ok(repair.endsWith(`\n\n${line}\n`))
  assert.deepEqual(parseTrailers(repair), [])
})

test('equal changes have a trailer each', () => {
  const changes = [change('web'), change('web')]
  assert.deepEqual(parseTrailers(commitMessage(undefined, changes, at)), trailersOf(changes))
})

test('a change leads to what its image was built from, in the body and in templates', () => {
  const origin = { source: 'https://git.example.com/acme/web', revision: '3f1c' }
  const changes = [change('eu', { origin }), change('us', { origin: { ...origin, revision: undefined } }), change('ap')]
  const body = commitMessage(undefined, changes, at).split('\n').slice(2, 5)
  assert.deepEqual(body, [
    'argocd/eu: ghcr.io/acme/web 1.4.1 → 1.4.2, built from https://git.example.com/acme/web at 3f1c',
    'argocd/us: ghcr.io/acme/web 1.4.1 → 1.4.2, built from https://git.example.com/acme/web',
    'argocd/ap: ghcr.io/acme/web 1.4.1 → 1.4.2',
  ])
  const text = '{{ range .Changes }}[{{ .Source }}{{ with .Revision }} {{ . }}{{ end }}]{{ end }}'
  assert.equal(
    commitMessage(template(text), changes, at).split('\n')[0],
    '[https://git.example.com/acme/web 3f1c][https://git.example.com/acme/web][]',
  )
})
