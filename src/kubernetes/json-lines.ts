/** The JSON values of a stream that has one a line; a line that is cut off by the stream's end is dropped. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder()
  // Pieces of an unfinished line: joined once, for an object may come in many chunks.
  let unfinished: string[] = []
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      const text = unfinished.join('') + line
      unfinished = []
      if (text.trim() !== '') yield JSON.parse(text)
    }
    if (last !== '') unfinished.push(last)
  }
}
