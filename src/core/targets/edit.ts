import type { Reason } from '../../api/conditions.ts'

/** Text of files by path from the repository's root; undefined: there is no such file. */
export type Files = ReadonlyMap<string, string | undefined>

/**
 * What an edit makes of a file: its new text; nothing to do; the value is no longer the one that was decided upon
 * (the policy must decide anew); or a refusal with its reason.
 */
export type EditResult =
  | {
      readonly kind: 'edited'
      readonly text: string
      /** New texts of further files, which are among `reads`. */
      readonly others?: ReadonlyMap<string, string>
      /** Names of what was carried over from elsewhere. */
      readonly carried: readonly string[]
      /** YAML anchors whose value was changed, so that their aliases follow. */
      readonly anchors?: readonly string[]
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly reason: Reason; readonly message: string }

/** A pure change to a file of a git repository, or to several; it can be applied again to newer texts. */
export interface FileEdit {
  /** From the repository's root, without a leading slash. */
  readonly path: string
  /** Further files whose text `apply` looks at. */
  readonly reads: readonly string[]
  apply(files: Files): EditResult
}
