const earliest = Date.UTC(2000, 0, 1)
const clockSkew = 3_600_000

/**
 * An RFC 3339 time in ms since the epoch. Undefined for everything else, and for what builders write instead of a time
 * (years 1, 1970 and 1980): nothing before 2000 is believed.
 */
export function parseCreated(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d:\d\d)$/i.test(text))
    return undefined
  const time = Date.parse(text.toUpperCase())
  return time >= earliest ? time : undefined
}

/**
 * The creation time of what several images, one for each platform, make up: of each the first of its times that is not in the future
 * (an hour is forgiven), and of those the newest. Undefined: none has one.
 */
export function creationTime(
  images: readonly { readonly times: readonly number[] | undefined }[],
  now: number,
): number | undefined {
  const times = images.flatMap((image) => image.times?.find((time) => time <= now + clockSkew) ?? [])
  return times.length === 0 ? undefined : Math.max(...times)
}
