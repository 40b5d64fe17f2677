// A PolicyWatch over one namespace of the test run, with what it called.
import type { TestContext } from 'node:test'
import type { Application } from '../../src/core/applications/application.ts'
import type { Change } from '../../src/kubernetes/collection.ts'
import { PolicyWatch, type WatchOptions } from '../../src/kubernetes/policy-watch.ts'
import type { Access } from './access.ts'

/** A running watch; it ends with the test. */
export interface Watch {
  readonly watch: PolicyWatch
  readonly policies: readonly string[]
  readonly applications: readonly Change<Application>[]
  readonly projects: readonly string[]
}

/** Starts a watch, of the namespace of `access` unless told otherwise. */
export async function startWatch(
  t: Pick<TestContext, 'after'>,
  access: Access,
  options: Partial<WatchOptions> = {},
): Promise<Watch> {
  const { kubeConfig, client, log, namespace } = access
  const policies: string[] = []
  const applications: Change<Application>[] = []
  const projects: string[] = []
  const watch = new PolicyWatch({
    kubeConfig,
    client,
    log,
    timing: { firstRetry: 20, longestRetry: 200 },
    namespaces: [namespace],
    argocdNamespace: namespace,
    onPolicy: (key) => void policies.push(key),
    onApplication: (change) => void applications.push(change),
    onProject: ({ key }) => void projects.push(key),
    ...options,
  })
  t.after(async () => await watch.close())
  await watch.start()
  return { watch, policies, applications, projects }
}
