// One open stream of server-sent events, bounded: a follower that does not keep up is cut off, and comes again.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** A stream. First it tells what is written; what is passed meanwhile comes behind that, once it is caught up. */
export interface EventStream {
  /** Sends, and resolves when there is room for more. */
  write(text: string): Promise<void>
  /** Sends as soon as the stream is caught up, at once from then on. */
  pass(text: string): void
  /** From now on what is passed is sent at once. */
  markCaughtUp(): void
  isCaughtUp(): boolean
  isOpen(): boolean
  end(): void
}

const maxWaitingBytes = 4 * 1024 * 1024
const drainMilliseconds = 10_000
const endMilliseconds = 1_000

/** One event; the data in one line. */
export const eventText = (data: object, { event, id }: { event?: string; id?: number } = {}): string =>
  `${event === undefined ? '' : `event: ${event}\n`}${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`

/** Begins the answer. */
export const beginEventStream = (response: ServerResponse): void => {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    // nginx would hold it back.
    'x-accel-buffering': 'no',
  })
  response.socket?.setKeepAlive(true, 10_000)
  response.flushHeaders()
}

/** Makes a stream of an answer; begin that before something is sent. */
export const createEventStream = (response: ServerResponse): EventStream => {
  let waiting: string[] | null = []
  let waitingBytes = 0
  const isOpen = (): boolean => !response.destroyed && !response.writableEnded

  const send = (text: string): void => {
    if (!isOpen()) return
    response.write(text)
    if (response.writableLength > maxWaitingBytes) response.destroy()
  }
  return {
    isOpen,
    isCaughtUp: () => waiting === null,
    write: async text => {
      send(text)
      if (!isOpen() || !response.writableNeedDrain) return
      const signal = AbortSignal.timeout(drainMilliseconds)
      await once(response, 'drain', { signal }).catch(() => response.destroy())
    },
    pass: text => {
      if (!waiting) return send(text)
      waiting.push(text)
      waitingBytes += Buffer.byteLength(text)
      if (waitingBytes > maxWaitingBytes) response.destroy()
    },
    markCaughtUp: () => {
      send((waiting ?? []).join(''))
      waiting = null
    },
    end: () => {
      response.end()
      // One that does not read may not hold up a shutdown.
      setTimeout(() => response.destroy(), endMilliseconds).unref()
    },
  }
}
