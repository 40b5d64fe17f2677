import { readAdvertisement } from './advertisement.ts'
import { GitFault } from './git-fault.ts'
import type { Remote } from './remote.ts'
import { speakVersion0 } from './upload-pack-v0.ts'
import { speakVersion2 } from './upload-pack-v2.ts'
import type { UploadPack } from './upload-pack.ts'

/** Finds out what the server speaks. */
export async function openUploadPack(remote: Remote): Promise<UploadPack> {
  const advertisement = readAdvertisement(await remote.advertisement('git-upload-pack'))
  const format = advertisement.capabilities.get('object-format') ?? 'sha1'
  if (format !== 'sha1')
    throw new GitFault('broke', `its repository uses object ids of another format than SHA-1 (${format})`)
  return advertisement.version === 2 ? speakVersion2(remote, advertisement) : speakVersion0(remote, advertisement)
}
