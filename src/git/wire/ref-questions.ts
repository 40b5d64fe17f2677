import { setImmediate as moment } from 'node:timers/promises'
import type { RefList } from './advertisement.ts'

/** What a server said of its refs. */
export interface RefAnswer {
  readonly list: RefList
  /** When it was asked for (ms since the epoch). */
  readonly at: number
  /** Greater than that of every question asked before. */
  readonly order: number
}

/** Asks a server for its refs, once for all who want to know. */
export interface RefQuestions {
  /** An answer that tells of these branches, as it does of HEAD, and is not older than `notBefore`. */
  answerFor(branches: readonly string[], notBefore: number): Promise<RefAnswer>
  /** A number for something that happens now, greater than those before. */
  nextOrder(): number
}

interface Question {
  /** The branches that are asked for, besides HEAD's. */
  readonly names: Set<string>
  readonly at: number
  readonly order: number
}

const mostNames = 1_000

/** Makes the questions to one repository; `listRefs` asks the server, `now` is in ms since the epoch. */
export function createRefQuestions(
  listRefs: (prefixes: readonly string[]) => Promise<RefList>,
  now: () => number,
): RefQuestions {
  // All branches that anybody asked for are asked for together, so that one answer serves all.
  const names = new Set<string>()
  let last: { readonly question: Question; readonly answer: RefAnswer } | undefined
  let asking: { readonly question: Question; readonly answer: Promise<RefAnswer> } | undefined
  // Not sent yet: branches can still be added.
  let open: Question | undefined
  let order = 0

  const nextOrder = () => (order += 1)

  function ask(): Promise<RefAnswer> {
    const question: Question = { names: new Set(names), at: now(), order: nextOrder() }
    const answer = send(question)
    open = question
    asking = { question, answer }
    return answer
  }

  async function send(question: Question): Promise<RefAnswer> {
    // Who asks at the same moment is served by the same request.
    await moment()
    if (open === question) open = undefined
    try {
      const prefixes = [...question.names].flatMap((branch) => [`refs/heads/${branch}`, `refs/tags/${branch}`])
      const list = await listRefs(['HEAD', ...prefixes])
      // HEAD's own branch is told even where only HEAD was asked for.
      if (list.head !== undefined) question.names.add(list.head.replace(/^refs\/heads\//, ''))
      const answer = { list, at: question.at, order: question.order }
      if (last === undefined || last.answer.order < answer.order) last = { question, answer }
      return answer
    } finally {
      if (asking?.question === question) asking = undefined
    }
  }

  function remember(branch: string): void {
    names.delete(branch)
    names.add(branch)
    const [oldest] = names
    if (names.size > mostNames && oldest !== undefined) names.delete(oldest)
  }

  async function answerFor(branches: readonly string[], notBefore: number): Promise<RefAnswer> {
    for (const branch of branches) remember(branch)
    // What was asked at a time that has not come yet was asked by a clock that was wrong.
    const isYoung = (at: number) => at >= notBefore && at <= now()
    const covers = ({ at, names: asked }: Question) => isYoung(at) && branches.every((branch) => asked.has(branch))
    if (last !== undefined && covers(last.question)) return last.answer
    for (const branch of branches) open?.names.add(branch)
    return asking !== undefined && covers(asking.question) ? asking.answer : ask()
  }

  return { answerFor, nextOrder }
}
