import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flush, pktLine } from '../../../src/git/wire/pkt-line.ts'
import { startProxy } from '../proxy.ts'
import { openAccess, setTag, startGitWorld } from '../world.ts'

const { server, git } = await startGitWorld()

/** A report on a push, as servers send it: in a side band, beside what hooks say, or bare. */
function report(lines: readonly string[], words: string | undefined): Buffer {
  const bare = Buffer.concat([...lines.map((line) => pktLine(`${line}\n`)), flush])
  if (words === undefined) return bare
  const band = (number: number, bytes: Buffer) => pktLine(Buffer.concat([Buffer.from([number]), bytes]))
  return Buffer.concat([band(2, Buffer.from(words)), band(1, bare), flush])
}

let count = 0
/** A repository whose server answers the first push with this report; `meanwhile` happens before. */
async function repositoryWithReport(
  answer: Buffer,
  meanwhile: (name: string) => Promise<unknown> = async () => undefined,
) {
  count += 1
  const name = `report-${count}`
  await server.createRepository(name, { a: 'tag: 1\n' })
  let answered = false
  const url = await startProxy({
    target: server.url,
    async answer(path) {
      if (answered || !path.endsWith('/git-receive-pack')) return undefined
      answered = true
      await meanwhile(name)
      return answer
    },
  })
  return { name, access: openAccess(`${url}/${name}.git`) }
}

for (const [name, lines, words, message] of [
  [
    'a refusal in a side band',
    ['unpack ok', 'ng refs/heads/main pre-receive hook declined'],
    'GitLab: not allowed\n',
    /: pre-receive hook declined: GitLab: not allowed$/,
  ],
  [
    'a refusal without side band',
    ['unpack ok', 'ng refs/heads/main protected branch hook declined'],
    undefined,
    /: protected branch hook declined$/,
  ],
  [
    'a refusal to unpack',
    ['unpack exceeds quota', 'ng refs/heads/main unpacker error'],
    undefined,
    /: unpacker error \(exceeds quota\)$/,
  ],
  ['words that nobody knows', ['unpack ok', 'ng refs/heads/main the moon is full'], '', /: the moon is full$/],
] as const) {
  test(`${name} is told as the server puts it`, async () => {
    const { access, name: repository } = await repositoryWithReport(report(lines, words))
    await assert.rejects(git.submit(access, 'main', setTag('a', '2')), {
      reason: 'PushRejected',
      message,
      retry: { kind: 'backoff' },
    })
    assert.equal((await server.log(repository)).length, 1)
  })
}

for (const [name, answer] of [
  [
    'words that nobody knows, for a branch that has moved',
    report(['unpack ok', 'ng refs/heads/main the moon is full'], ''),
  ],
  ['a lost race', report(['unpack ok', 'ng refs/heads/main failed to update ref'], '')],
] as const) {
  test(`${name}: it is tried again`, async () => {
    const { access, name: repository } = await repositoryWithReport(answer, (moved) => server.commit(moved, { b: 'x' }))
    assert.equal((await git.submit(access, 'main', setTag('a', '2'))).kind, 'pushed')
    assert.deepEqual(
      (await server.log(repository)).map(({ files }) => files),
      [['a'], ['b'], ['a']],
    )
  })
}

for (const [name, answer] of [
  ['is cut short', report(['unpack ok', 'ok refs/heads/main'], undefined).subarray(0, 12)],
  ['is empty', Buffer.alloc(0)],
  ['is of another branch', report(['unpack ok'], undefined)],
] as const) {
  test(`a report that ${name} says nothing: the branch is looked at`, async () => {
    const { access, name: repository } = await repositoryWithReport(answer)
    assert.equal((await git.submit(access, 'main', setTag('a', '2'))).kind, 'pushed')
    assert.equal((await server.log(repository)).length, 2)
  })
}
