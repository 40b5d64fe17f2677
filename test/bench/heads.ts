/** What a HEAD of a manifest accepts. */
export const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json'

/** As many as the operator sends to one host. */
const atOnce = 8

/** Sends one request after the other, several at a time; each has to be answered with 200. */
export async function repeated(count: number, send: () => Promise<number>): Promise<void> {
  let left = count
  const sender = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const status = await send()
      if (status !== 200) throw new Error(`HTTP ${status}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
}
