import type { FileWork } from '../../../src/core/targets/file-work.ts'
import { parseRepository } from '../../../src/core/reference.ts'
import type { Target } from '../../../src/core/targets/values.ts'
import type { Asked } from '../../../src/writeback/thread/file-thread.ts'
import { source } from '../../core/build-application.ts'
import { largeValues } from '../../large-values.ts'

const image = parseRepository('ghcr.io/acme/web')
if (!image.ok) throw new Error(image.fault)

/** What a policy writes in these tests: `image.tag`, or the image of a kustomization. */
export const target: Target = {
  tool: 'helm',
  image: image.value,
  places: [{ tag: 'image.tag' }],
  kustomizeName: image.value.written,
  digestOnly: false,
}

/** A task that needs more time than any test has, and little memory: two large files read in turn, for each of ten thousand keys. */
export const endless: Asked = { name: 'winnerOver', args: endlessArgs() }

/** Has it done. */
export function doEndless(work: FileWork, about: string): Promise<unknown> {
  return work.do(about, 'winnerOver', ...endlessArgs())
}

function endlessArgs() {
  const names = Array.from({ length: 10_000 }, (_, nth) => `none${nth}`)
  const absent = { path: '', text: undefined }
  const later = ['1.4.2', '1.5.0'].map((tag) => ({ path: `${tag}.yaml`, text: largeValues(1_000_000, tag) }))
  return ['values.yaml', names, { source: source(), folderOverride: absent, override: absent, later }] as const
}

/** A file within the limit of size which read takes more memory than some of these tests give: half a million entries. */
export const dense = `list:\n${'- 1\n'.repeat(250_000)}`
