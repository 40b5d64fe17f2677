import type { GitServer } from '../servers/git-server.ts'
import { pushImage, type PushTarget } from '../servers/image.ts'

/** A run of the workflow of examples/web-app: what it built, and the tags under which it pushed the image. */
export interface Build {
  /** `commit 1f0c9ae on main`, `git tag v1.4.0`, `pull request 7`. */
  readonly of: string
  readonly tags: readonly string[]
  readonly digest: string
}

/** What each policy of examples/cluster-config is to choose, by its name: a value as it is written. */
export type Choices = Readonly<Record<string, string>>

/** Plays the part of the continuous integration: pushes what the workflow would. */
export interface Builder {
  /** What was there before the story begins: two releases, and a pull request that nobody follows. */
  begin(): Promise<{ readonly builds: readonly Build[]; readonly choices: Choices }>
  /** A commit on main that is tagged with a version at once: two runs of the workflow. */
  release(version: string): Promise<{ readonly builds: readonly Build[]; readonly choices: Choices }>
}

const source = 'acme/web-app'
const developer = 'A Developer <developer@example.com>'
const day = 24 * 3_600_000

/** Builds from the repository `acme/web-app`, which must exist on the git server, into `repository` of a registry. */
export function createBuilder(git: GitServer, registry: PushTarget, repository: string): Builder {
  let runId = 9_876_543_209
  const push = async (of: string, tags: readonly string[], created: Date): Promise<Build> => {
    const { digest } = await pushImage(registry, repository, tags, { created, seed: of })
    return { of, tags, digest }
  }
  // The tags of a push: see the table in examples/web-app/.github/workflows/build.yaml.
  const buildMain = (commit: string, created: Date): Promise<Build> =>
    push(`commit ${commit} on main`, [`sha-${commit}`, `gh-${++runId}`, 'main', 'latest'], created)
  const buildTag = (commit: string, version: string, created: Date): Promise<Build> =>
    push(`git tag v${version}`, [`sha-${commit}`, `gh-${++runId}`, `tag-${version}`], created)
  const release = async (version: string, created: Date) => {
    const [main, tag] = await Promise.all([git.tip(source), git.tag(source, `v${version}`)]).then(([oid = '']) => {
      const commit = oid.slice(0, 7)
      return Promise.all([buildMain(commit, created), buildTag(commit, version, created)])
    })
    return { builds: [main, tag], choices: choicesOf(main, tag) }
  }
  return {
    begin: async () => {
      const first = await release('1.0.0', new Date(Date.now() - 30 * day))
      await greet(git, 'Welcome to', 'Say welcome')
      const second = await release('1.4.0', new Date(Date.now() - 3 * day))
      const pullRequest = await push('pull request 7', ['pr-7'], new Date(Date.now() - day))
      return { builds: [...first.builds, ...second.builds, pullRequest], choices: second.choices }
    },
    release: async (version) => {
      await greet(git, 'Bienvenue à', 'Say it in French')
      return await release(version, new Date())
    },
  }
}

async function greet(git: GitServer, greeting: string, message: string): Promise<void> {
  const server = (await git.readFile(source, 'server.mjs')) ?? ''
  const changed = server.replace(/`.* web /, `\`${greeting} web `)
  await git.commit(source, { 'server.mjs': changed }, { message, author: developer })
}

function choicesOf(main: Build, tag: Build): Choices {
  const [sha = '', run = '', release = ''] = tag.tags
  return {
    'web-production': release,
    'web-staging': sha,
    'web-edge': `main@${main.digest}`,
    'web-nightly': run,
  }
}
