// Server-sent events out of an answer (HTML Living Standard, 9.2), as far as Signet sends them; bounded.

/** One event. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

const maxLine = 64 * 1024

const fieldOf = (line: string): readonly [name: string, value: string] => {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}

/** Makes a function that takes lines and gives an event when one is complete. */
const createAssembler = (): ((line: string) => ServerSentEvent | null) => {
  let event = 'message'
  let data: string | null = null
  return line => {
    const [name, value] = fieldOf(line)
    if (name === 'event') event = value
    if (name === 'data') data = value
    if (line !== '') return null
    const complete = data === null ? null : { event, data }
    event = 'message'
    data = null
    return complete
  }
}

/** Reads events until the answer ends; `onBytes` is called whenever something arrives. */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const assemble = createAssembler()
  let rest = ''
  for await (const chunk of body) {
    onBytes()
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > maxLine) throw new Error('sends a line without an end')
    for (const line of lines) {
      const event = assemble(line.replace(/\r$/, ''))
      if (event) yield event
    }
  }
}
