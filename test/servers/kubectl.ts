import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { controlPlanePrograms } from './programs.ts'

/** Which cluster and user, and what to hand to kubectl's standard input. */
export interface KubectlOptions {
  /** The path of a kubeconfig. */
  readonly kubeconfig: string
  readonly input?: string
}

/** Runs kubectl, at most for a minute, and returns what it printed. Throws, with what it said, when it fails. */
export async function kubectl(args: readonly string[], { kubeconfig, input = '' }: KubectlOptions): Promise<string> {
  const program = (await controlPlanePrograms()).kubectl
  // Its cache of what the server can do is kept out of the person's home.
  const own = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(dirname(kubeconfig), 'kubectl-cache')}`]
  return await new Promise((resolve, reject) => {
    const child = execFile(
      program,
      [...own, ...args],
      { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`))
        else resolve(stdout)
      },
    )
    child.stdin?.end(input)
  })
}
