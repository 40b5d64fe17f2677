import type { Reason } from '../../api/conditions.ts'
import type { FileWish } from './file-state.ts'

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

/**
 * A change to a file of a git repository, or to several, as plain data: whoever has the texts can make it, in any thread, and
 * again on newer texts.
 */
export interface EditOf<Kind extends string, Place, Wish = FileWish> {
  readonly kind: Kind
  /** From the repository's root, without a leading slash. */
  readonly path: string
  /** Further files whose text it looks at. */
  readonly reads: readonly string[]
  readonly place: Place
  readonly wish: Wish
}
