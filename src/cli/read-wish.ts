import type { PolicySpec } from '../core/policy.ts'
import { chooseAmong, readTags } from './choose-among.ts'
import type { Surroundings } from './command.ts'
import type { Outcome } from './outcome.ts'
import type { PreviewSettings } from './preview-settings.ts'
import { printable } from './printable.ts'
import { guardedWish, plainWish, type Wish } from './wish.ts'

interface Means {
  readonly surroundings: Surroundings
  readonly remark: (sentence: string) => void
}

/** What is to be written by `--tag` or by `--tags`. Which digest a tag has, nobody is asked: it must be told. */
export async function readWish(
  { tag, digest, tags }: Pick<PreviewSettings, 'tag' | 'digest' | 'tags'>,
  spec: PolicySpec,
  means: Means,
): Promise<Outcome<Wish>> {
  if (tag === undefined) return await chosenWish(tags ?? '', spec, means)
  if (writesDigest(spec) && digest === undefined) return unknownDigest('give --digest')
  if (!writesDigest(spec) && digest !== undefined) means.remark('the policy writes no digests: --digest is left out')
  return { value: plainWish({ tag, ...(digest === undefined ? {} : { digest }) }, spec) }
}

async function chosenWish(file: string, spec: PolicySpec, { surroundings, remark }: Means): Promise<Outcome<Wish>> {
  const now = Date.now()
  const list = await readTags(file, now, surroundings)
  if ('faults' in list) return list
  const chosen = chooseAmong(spec, list.value, now)
  const { choice } = chosen.evaluation
  if (writesDigest(spec) && choice !== undefined && choice.digest === undefined)
    return unknownDigest(`the list does not tell that of ${printable(choice.tag)}`)
  if (chosen.remark !== undefined) remark(chosen.remark)
  return { value: guardedWish(chosen, { spec, now }, remark) }
}

function writesDigest({ writeBack }: PolicySpec): boolean {
  return writeBack.digest !== 'never'
}

function unknownDigest(what: string): Outcome<Wish> {
  return { status: 2, faults: [`the policy writes digests: ${what}`] }
}
