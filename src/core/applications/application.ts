/** A Helm parameter of an Application's source. */
export interface HelmParameter {
  readonly name: string
  readonly value: string
  readonly forceString?: boolean
}

/** One source of an Application, as far as write-back is concerned. */
export interface ApplicationSource {
  readonly repoURL: string
  readonly path: string | undefined
  readonly targetRevision: string | undefined
  readonly chart: string | undefined
  readonly name: string | undefined
  readonly ref: string | undefined
  /** Undefined where the Application has no such member (a patch must then create it). */
  readonly helm:
    | {
        readonly parameters: readonly HelmParameter[] | undefined
        readonly valueFiles: readonly string[]
        /** Names of parameters whose values come from files. */
        readonly fileParameters?: readonly string[]
        /** Values as YAML text (`helm.values`), or as JSON where the Application has them as an object. */
        readonly values?: string
      }
    | undefined
  readonly kustomize: { readonly images: readonly string[] | undefined } | undefined
}

/** An Argo CD Application as the operator sees it: parsed once at the border (`core/applications/parse-application.ts`). */
export interface Application {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly owners: readonly { readonly kind: string; readonly name: string }[]
  readonly project: string
  /** Where it deploys to: `spec.destination.namespace`. */
  readonly destinationNamespace: string
  /** `spec.sources` when `multiple`, else the one `spec.source`, or the dry source when `hydrated`; empty when there is none. */
  readonly sources: readonly ApplicationSource[]
  /**
   * Argo CD's source hydrator renders the source into a branch, and syncs from there. Of such a source only the type that
   * its spec names is known, and `sync` is told as if the dry source had been compared.
   */
  readonly hydrated: boolean
  readonly multiple: boolean
  /** One per source, '' for a ref-only one; empty: not compared yet, or in error. */
  readonly sourceTypes: readonly string[]
  /** Messages of conditions of type ComparisonError. */
  readonly comparisonErrors: readonly string[]
  readonly sync: {
    readonly status: string | undefined
    readonly revisions: readonly string[]
    readonly comparedTo: readonly ApplicationSource[]
  }
  readonly health: string | undefined
  /** Images of live Pods (`status.summary.images`). */
  readonly images: readonly string[]
  /** What was deployed, oldest first (`status.history`, at most ten); times in ms since the epoch. */
  readonly history: readonly { readonly deployedAt: number; readonly sources: readonly ApplicationSource[] }[]
}

/** What an AppProject says, as far as tenancy and lent credentials are concerned. */
export interface Project {
  readonly namespace: string
  readonly name: string
  readonly sourceNamespaces: readonly string[]
  readonly sourceRepos: readonly string[]
}
