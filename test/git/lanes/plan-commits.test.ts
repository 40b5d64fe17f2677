import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EditResult, Files } from '../../../src/core/targets/edit.ts'
import { parseTemplate } from '../../../src/core/git/template.ts'
import type { FileText } from '../../../src/git/file-text.ts'
import { planCommits, type LaneEdit } from '../../../src/git/lanes/plan-commits.ts'
import { changeOf, setTag } from '../world.ts'

const text = (content: string): FileText => ({ kind: 'text', text: content, mode: '100644' })
const absent: FileText = { kind: 'absent' }
const edit = (path: string, apply: (files: Files) => EditResult, reads: readonly string[] = []): LaneEdit => ({
  edit: { path, reads, apply: async (files) => apply(files) },
  change: changeOf('web', '2'),
  message: undefined,
})
const edited = (content: string, carried: readonly string[] = []): EditResult => ({
  kind: 'edited',
  text: content,
  carried,
})
function worded(source: string) {
  const parsed = parseTemplate(source)
  assert.ok(parsed.ok)
  return { message: parsed.value }
}

test('an edit sees its own file and those that it reads, as they are, and nothing else', async () => {
  const seen: (readonly [string, string | undefined])[] = []
  const look = edit('b', (files) => (seen.push(...files), edited('x')), ['c', 'd'])
  await planCommits(
    [setTag('a', '1'), look],
    new Map([
      ['a', absent],
      ['b', absent],
      ['c', text('C')],
      ['d', absent],
    ]),
  )
  assert.deepEqual(seen, [
    ['b', undefined],
    ['c', 'C'],
    ['d', undefined],
  ])
})

test('edits with equal templates share a commit; a later commit stands on an earlier one', async () => {
  const append = (what: string, message = {}) => ({
    ...edit('f', (files) => edited(`${files.get('f')}${what}`)),
    ...message,
  })
  const { commits } = await planCommits(
    [append('1'), append('2', worded('A')), append('3'), append('4', worded('A'))],
    new Map([['f', text('0')]]),
  )
  assert.deepEqual(
    commits.map(({ message, files, edited: parts }) => [message?.source, files.get('f'), parts.length]),
    [
      [undefined, '013', 2],
      ['A', '01324', 2],
    ],
  )
})

test('what an edit says decides what becomes of it', async () => {
  const refusal: EditResult = { kind: 'refused', reason: 'TargetNotFound', message: 'no key' }
  const boom = new Error('boom')
  const edits = {
    done: setTag('a', '1'),
    same: edit('a', () => edited('tag: 1\n')),
    moved: edit('b', () => ({ kind: 'moved' })),
    refused: edit('b', () => refusal),
    failed: edit('b', () => {
      throw boom
    }),
    emptied: edit('b', () => edited('')),
    link: setTag('link', '2'),
  }
  const link: FileText = { kind: 'refused', reason: 'TargetUnsupported', message: 'link is a symbolic link' }
  const { commits, settled } = await planCommits(
    Object.values(edits),
    new Map([
      ['a', text('tag: 1\n')],
      ['b', text('x')],
      ['link', link],
    ]),
  )
  assert.deepEqual(commits, [])
  assert.deepEqual(
    Object.values(edits).map((one) => settled.get(one)),
    [
      { kind: 'unchanged' },
      { kind: 'unchanged' },
      { kind: 'moved' },
      refusal,
      { kind: 'failed', error: boom },
      { kind: 'refused', reason: 'InternalError', message: 'the edit would empty b' },
      link,
    ],
  )
})

test('an edit that finds done what another one of the same commit does is in it as well', async () => {
  const [first, second] = [setTag('a', '2'), setTag('a', '2')]
  const { commits, settled } = await planCommits([first, second], new Map([['a', text('tag: 1\n')]]))
  assert.deepEqual([commits[0]?.edited.map(({ entry }) => entry), settled.size], [[first, second], 0])
})

test('what an edit carries over is told with it', async () => {
  const { commits } = await planCommits([edit('a', () => edited('x', ['replicas']))], new Map([['a', absent]]))
  assert.deepEqual(commits[0]?.edited[0]?.carried, ['replicas'])
})

test('an edit may change further files that it reads; one that finds its part done there is in the commit as well', async () => {
  const several: EditResult = { kind: 'edited', text: 'a2', others: new Map([['b', 'b2']]), carried: [] }
  const both = edit('a', (files) => (files.get('b') === 'b2' ? { kind: 'unchanged' } : several), ['b', 'c'])
  const same = edit('c', () => ({ kind: 'unchanged' }), ['b'])
  const emptied = edit('c', () => ({ ...several, text: 'c', others: new Map([['b', '']]) }), ['b'])
  const texts = new Map([
    ['a', text('a1')],
    ['b', text('b1')],
    ['c', text('c')],
  ])
  const { commits, settled } = await planCommits([both, same, emptied], texts)
  const [commit] = commits
  assert.deepEqual(
    [...(commit?.files ?? [])],
    [
      ['a', 'a2'],
      ['b', 'b2'],
    ],
  )
  assert.deepEqual(
    commit?.edited.map(({ entry }) => entry),
    [both, same],
  )
  const refused = settled.get(emptied)
  assert.equal(refused?.kind === 'refused' ? refused.message : '', 'the edit would empty b')
})

test('edits share a commit only where author, sign-off, key and whom it is for agree', async () => {
  const author = { name: 'a', email: 'a@b' }
  const signer = { id: '1', sign: () => Promise.resolve('') }
  const styles = [{}, { author }, { author, signOff: true }, { signer }, { apart: 'policy a/b' }]
  const edits = [...styles, ...styles.map((style) => ({ ...style }))].map((style, index) => ({
    ...setTag(`f${index}`, '2'),
    style,
  }))
  const { commits } = await planCommits(edits, new Map(edits.map(({ edit: { path } }) => [path, text('tag: 1\n')])))
  assert.deepEqual(
    commits.map(({ style, edited: parts }) => [style, parts.length]),
    styles.map((style) => [style, 2]),
  )
})

test('a file that may not be made is not', async () => {
  const fault = 'new.yaml is encrypted'
  const { commits, settled } = await planCommits(
    [setTag('new.yaml', '1')],
    new Map([['new.yaml', { ...absent, fault }]]),
  )
  assert.deepEqual(commits, [])
  assert.deepEqual([...settled.values()], [{ kind: 'refused', reason: 'TargetUnsupported', message: fault }])
})

test('others get their turn between edits that take long', async () => {
  let turns = 0
  const ticking = setInterval(() => (turns += 1), 1)
  const slow = Array.from({ length: 6 }, (_, index) =>
    edit(`f${index}`, () => {
      const end = performance.now() + 25
      while (performance.now() < end);
      return edited('x')
    }),
  )
  await planCommits(slow, new Map(slow.map(({ edit: { path } }) => [path, absent])))
  clearInterval(ticking)
  assert.ok(turns >= 3, `${turns} turns`)
})
