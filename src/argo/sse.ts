/**
 * The data of server-sent events, however the bytes are cut: also inside a frame, a line or a character.
 * Comments, which argo-server sends to keep the connection alive, carry nothing.
 */
export const readFrames = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    // argo-server never spreads a frame over several lines: a data line is a frame.
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length)
  }
}
