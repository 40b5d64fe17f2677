import { reasons } from '../api/conditions.ts'
import { sameGitUrl } from '../core/git/git-url.ts'
import { quoted } from '../core/text/quoted.ts'
import { onChange, ReconcileError } from '../errors.ts'
import type { Found, Look } from '../writeback/git-target.ts'
import type { WorkingCopy } from './working-copy.ts'

/**
 * Lets a target look into a working copy where it would look into git. The copy is one of the repository that is asked
 * for first, which is the one that would be written to; of others nothing is there.
 */
export function lookInto(copy: WorkingCopy): Look {
  let home: string | undefined
  return {
    spot: async ({ repository }) => {
      home ??= repository
      if (!sameGitUrl(home, repository)) throw elsewhere(repository, home)
      return spotIn(home)
    },
    list: async (_, path) => copy.yamlFiles(path),
    texts: async (_, paths) => new Map(paths.map((path) => [path, copy.read(path)])),
  }
}

/** Nobody is asked for it: there are no credentials, and no commit. */
function spotIn(url: string): Found['spot'] {
  const access = { url, credential: undefined, credentialId: '', insecure: false }
  return { access, branch: 'HEAD', tip: '', head: undefined, isLent: false }
}

function elsewhere(repository: string, home: string): ReconcileError {
  const message = `--directory stands for ${quoted(home)}, and what is sought may stand in ${quoted(repository)}: set writeBack.git.repository to the one that is written to`
  return new ReconcileError(reasons.targetUnsupported, message, { retry: onChange })
}
