import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../markdown.ts'
import { temporaryFolder } from '../servers/guard.ts'

const policy = {
  apiVersion: 'imageupdate.dev/v1alpha1',
  kind: 'ImageUpdatePolicy',
  metadata: { name: 'web', namespace: 'argocd' },
  spec: {
    image: 'ghcr.io/acme/web',
    strategy: 'semver',
    constraints: { version: '^1', minAge: '24h' },
    applications: [{ name: 'web' }],
  },
}

/** How long `evaluate --tags` takes as a whole process, in ms of each run; from the source, of which the types are taken away first. */
export async function evaluateProcess(tags: number, runs: number): Promise<readonly number[]> {
  const folder = temporaryFolder('bench-evaluate')
  const [file, list] = [join(folder.path, 'policy.json'), join(folder.path, 'tags')]
  writeFileSync(file, JSON.stringify(policy))
  writeFileSync(list, Array.from({ length: tags }, (_, index) => `1.0.${index}`).join('\n'))
  const call = [join(root, 'src/main.ts'), 'evaluate', '-f', file, '--tags', list, '-o', 'json']
  try {
    return Array.from({ length: runs }, () => {
      const start = performance.now()
      const { status, stderr } = spawnSync(process.execPath, call, { encoding: 'utf8', timeout: 60_000 })
      if (status !== 0) throw new Error(`evaluate ended with ${status}: ${stderr}`)
      return performance.now() - start
    })
  } finally {
    await folder.remove()
  }
}
