/** How many bytes a file may have that is edited. */
export const largestTextFile = 1024 * 1024

/**
 * Why a file is not edited, as a sentence; undefined: it is. `text` is undefined where the bytes are no UTF-8, or too
 * many to be read: what can't be written back byte for byte is left alone.
 */
export function textFileFault(path: string, size: number, text: string | undefined): string | undefined {
  if (size > largestTextFile)
    return `${path} is larger than 1 MiB, which is not edited; keep the image in a smaller file`
  if (text === undefined) return `${path} is not UTF-8 text, which is not edited`
  if (text.startsWith('version https://git-lfs.github.com/spec/'))
    return `${path} is kept in Git LFS, which is not edited; take it out by git lfs untrack, then add it again`
  return undefined
}
