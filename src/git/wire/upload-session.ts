import { openUploadPack } from './open-upload-pack.ts'
import type { Remote } from './remote.ts'
import type { UploadPack } from './upload-pack.ts'

/** Talks to the reading side of a server, which says once what it can do. */
export interface UploadSession {
  talk<T>(work: (upload: UploadPack) => Promise<T>): Promise<T>
}

/** Opens a session; nothing is sent yet. Whenever something fails, what was learned of the server is learned anew. */
export function openUploadSession(remote: Remote): UploadSession {
  let upload: Promise<UploadPack> | undefined
  return {
    async talk(work) {
      upload ??= openUploadPack(remote)
      const used = upload
      try {
        return await work(await used)
      } catch (error) {
        if (upload === used) upload = undefined
        throw error
      }
    },
  }
}
