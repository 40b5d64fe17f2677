/** A clock for what only tells how long ago something was: when the clock that it goes by is put back, as on a node that began with a wrong time, nobody waits until it has caught up. */
export function steadily(now: () => number): () => number {
  let seen = Number.NEGATIVE_INFINITY
  let ahead = 0
  return () => {
    const time = now()
    if (time < seen) ahead += seen - time
    seen = time
    return time + ahead
  }
}
