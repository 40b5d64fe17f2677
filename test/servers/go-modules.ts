import { join } from 'node:path'

/** A Go module beside this file, and the programs that are built from it. */
export interface GoModule {
  /** What to call it in messages and in the cache. */
  readonly name: string
  readonly folder: string
  /** The names under which the one binary is called; it may tell by them what to be. */
  readonly programs: readonly [string, ...string[]]
  readonly linkerFlags: readonly string[]
}

const kubernetes = { major: '1', minor: '36', version: 'v1.36.1' }

/** kube-apiserver, etcd and kubectl. Without the versions they would call themselves v0.0.0, which Helm takes for too old. */
export const controlPlaneModule: GoModule = {
  name: 'control-plane',
  folder: join(import.meta.dirname, 'control-plane'),
  programs: ['kube-apiserver', 'etcd', 'kubectl'],
  linkerFlags: [
    `-X k8s.io/component-base/version.gitVersion=${kubernetes.version}`,
    `-X k8s.io/component-base/version.gitMajor=${kubernetes.major}`,
    `-X k8s.io/component-base/version.gitMinor=${kubernetes.minor}`,
    `-X k8s.io/client-go/pkg/version.gitVersion=${kubernetes.version}`,
  ],
}

/** The distribution project's registry, with a command `htpasswd` of ours. */
export const registryModule: GoModule = {
  name: 'registry',
  folder: join(import.meta.dirname, 'registry'),
  programs: ['registry'],
  linkerFlags: [],
}

/** Helm 4. */
export const helmModule: GoModule = {
  name: 'helm',
  folder: join(import.meta.dirname, 'helm'),
  programs: ['helm'],
  linkerFlags: ['-X helm.sh/helm/v4/internal/version.version=v4.2.4'],
}
