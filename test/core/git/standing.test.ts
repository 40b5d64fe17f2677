import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BranchMark } from '../../../src/core/git/branch-mark.ts'
import { commitMessage } from '../../../src/core/git/commit-message.ts'
import { standingOf, type CommitFacts } from '../../../src/core/git/standing.ts'
import { parseTemplate } from '../../../src/core/git/template.ts'

const [base, first, second, other] = ['b', '1', '2', '3'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
]
const of = { branch: 'image-updates/web', base: 'main' }
const seal = '0123456789abcdef'
const amended = 'fedcba9876543210'

const change = {
  policy: 'argocd/web',
  application: { namespace: 'argocd', name: 'web' },
  image: 'web',
  from: undefined,
  to: '1.1.0',
  carried: [],
}
const message = (mark: Partial<BranchMark> = {}) =>
  commitMessage(undefined, [change], {
    repository: '',
    branch: '',
    mark: { ...of, fork: base, seal, ...mark },
  })

/** A commit of ours on the base, with what a test says of it. */
function commit(parts: Partial<CommitFacts> = {}): CommitFacts {
  return { oid: first, parents: [base], seal, message: message(), ...parts }
}

const ours = commit({ oid: second, parents: [first] })
const rows: readonly [name: string, commits: readonly CommitFacts[], fork: string | undefined, begun: boolean][] = [
  ['one commit of ours', [commit({ oid: second })], base, true],
  ['two of ours', [ours, commit()], base, true],
  ['as far as it is known', [ours], undefined, true],
  ['a person’s on top', [commit({ oid: second, parents: [first], message: 'Hm' }), commit()], undefined, true],
  ['a person’s below', [ours, commit({ message: 'Hm' })], undefined, true],
  ['one of ours that was amended', [commit({ oid: second, seal: amended })], undefined, true],
  ['one of ours below which one was amended', [ours, commit({ seal: amended })], undefined, true],
  [
    'one of a version that sealed none',
    [commit({ oid: second, message: message({ seal: undefined }) })],
    undefined,
    true,
  ],
  ['a merge, even with our words', [commit({ oid: second, parents: [base, first] }), commit()], undefined, true],
  ['one for another branch', [commit({ oid: second, message: message({ branch: 'production' }) })], undefined, false],
  ['one for another base', [commit({ oid: second, message: message({ base: 'release' }) })], undefined, true],
  [
    'one from a former beginning',
    [ours, commit({ parents: [other], message: message({ fork: other }) })],
    undefined,
    true,
  ],
  [
    'a branch that we have only added to',
    [commit({ oid: second, message: message({ fork: undefined }) })],
    undefined,
    false,
  ],
  ['commits of the base alone', [commit({ oid: second, message: 'Begin' })], undefined, false],
  ['nothing', [], undefined, false],
]
for (const [name, commits, fork, begun] of rows)
  test(`a branch of ${name}`, () => {
    const standing = standingOf(commits, second, of)
    assert.deepEqual([standing.fork, standing.begunByUs], [fork, begun])
    assert.equal(standing.messages.length, fork === undefined ? 0 : commits.length)
  })

const bases: readonly [name: string, commits: readonly CommitFacts[], base: string | undefined][] = [
  ['ours', [ours, commit()], 'main'],
  ['ours for another base', [commit({ oid: second, message: message({ base: 'release' }) })], 'release'],
  ['ours that was added to a person’s', [commit({ oid: second, message: message({ fork: undefined }) })], 'main'],
  [
    'a person’s on ours for another base, on what was merged before',
    [
      commit({ oid: second, parents: [first], message: 'Hm' }),
      commit({ message: message({ base: 'release' }) }),
      commit({ oid: other }),
    ],
    'release',
  ],
  ['ours for another branch', [commit({ oid: second, message: message({ branch: 'production' }) })], undefined],
  ['a person’s', [commit({ oid: second, message: 'Hm' })], undefined],
]
for (const [name, commits, wanted] of bases)
  test(`the base that our newest commit names: ${name}`, () => {
    assert.equal(standingOf(commits, second, of).base, wanted)
  })

test('no template and no branch’s name passes for a mark', () => {
  const template = parseTemplate(`Update\n\nImage-Update-Branch: production main ${base}`)
  assert.ok(template.ok)
  const forged = commitMessage(template.value, [change], { repository: '', branch: '' })
  assert.equal(
    standingOf([commit({ oid: second, message: forged })], second, { ...of, branch: 'production' }).begunByUs,
    false,
  )
  const odd = { branch: 'ä %b', base: 'release/ü' }
  const marked = commit({ oid: second, message: message(odd) })
  assert.equal(standingOf([marked], second, { ...of, ...odd }).fork, base)
})
