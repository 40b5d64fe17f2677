/** Room in memory for the answers that are being read, so that many large ones at once don't take all there is. */
export interface AnswerRoom {
  enter(): AnswerShare
}

/** What one answer takes of it. */
export interface AnswerShare {
  /** Has room for so many bytes in all, or for less than before; false: others have it, and this one has what it had. */
  hold(bytes: number): boolean
  /** The answer is read, or given up. */
  leave(): void
}

const mostBytes = 24 * 1024 * 1024
/** So much each answer has anyway: most are no longer, and none of these waits for what others send. */
export const free = 512 * 1024

/** Makes room for so many bytes beyond what each answer has anyway. One that is alone in it may be longer: it would never find more. */
export function createAnswerRoom(most = mostBytes): AnswerRoom {
  let left = most
  function enter(): AnswerShare {
    let held = 0
    function hold(bytes: number): boolean {
      const more = Math.max(0, bytes - free) - held
      const isAlone = left + held === most
      if (more > Math.max(0, left) && !isAlone) return false
      held += more
      left -= more
      return true
    }
    return { hold, leave: () => void hold(0) }
  }
  return { enter }
}
