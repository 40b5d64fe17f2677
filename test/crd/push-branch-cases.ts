import type { Refusal } from './policy-cases.ts'

const git = (git: unknown) => ({ writeBack: { method: 'git', git } })
const path = 'spec.writeBack.git.pushBranch'
const noBranch = 'is no name of a branch'

/** Values of `pushBranch` that are refused, and why. */
export const pushBranchRefusals: readonly Refusal[] = [
  ...['refs/heads/updates', 'HEAD'].map((pushBranch) => ({
    spec: git({ pushBranch }),
    path,
    message: 'is a reference: write the branch alone, such as image-updates',
  })),
  ...['a b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[0]', 'a\\b', 'a\tb', '{{ .AppName }} b'].map((pushBranch) => ({
    spec: git({ pushBranch }),
    path,
    message: noBranch,
    parser: 'has a character that no branch may have',
  })),
  ...['/a', 'a/', 'a//b', 'a.', 'a..b', 'a@{1}', '@', '-a', '.a', 'a/.b', 'a.lock', '{{ .AppName }}.lock'].map(
    (pushBranch) => ({ spec: git({ pushBranch }), path, message: noBranch }),
  ),
  { spec: git({ pushBranch: 'updates/{{ .AppName' }), path, message: noBranch, parser: 'is never closed' },
  { spec: git({ branch: 'main', pushBranch: 'main' }), path, message: 'pushBranch is branch itself' },
]

/** Values of `pushBranch` that are fine. */
export const pushBranches = [
  'updates',
  'image-updates/{{ .AppName }}',
  'u-{{.Policy}}/{{ index .Labels "acme.io/team" }}',
  'a{b}',
]
