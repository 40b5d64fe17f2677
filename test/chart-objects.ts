import type { ChartObject } from './end-to-end/operator.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** What a Role or a ClusterRole allows. */
export interface Role extends ChartObject {
  readonly rules: readonly Rule[]
}

/** Whom a role is given to. */
export interface Binding extends ChartObject {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects: readonly { readonly kind: string; readonly name: string; readonly namespace: string }[]
}

/** The Deployment, as far as tests look at it. */
export interface Deployment extends ChartObject {
  readonly spec: {
    readonly replicas: number
    readonly strategy: { readonly type: string }
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: PodSpec
    }
  }
}

/** What its Pod is. */
export interface PodSpec {
  readonly securityContext?: object
  readonly serviceAccountName: string
  readonly automountServiceAccountToken: boolean
  readonly containers: readonly {
    readonly image: string
    readonly args: readonly string[]
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
    readonly volumeMounts: readonly { readonly mountPath: string }[]
    readonly env?: readonly { readonly name: string; readonly value?: string }[]
  }[]
}

/** Those of a kind among what the chart renders. */
export function ofKind<T extends ChartObject>(objects: readonly ChartObject[], kind: string): readonly T[] {
  return objects.filter((object): object is T => object.kind === kind)
}
