// One WebSocket, guarded: whoever does not read, or is not there any more, is cut off.
import type { RawData, WebSocket } from 'ws'
import type { Stopwatch } from '../lib/clock.js'

/** An open socket. */
export interface Socket {
  readonly protocol: string
  /** Resolves when it was handed to the network, or cannot be any more. */
  send(text: string): Promise<void>
  /** Says goodbye; later goodbyes do not count. */
  close(code?: number, reason?: string): void
  /** Cuts the connection without a word. */
  cut(): void
  /** Called every second: asks now and then for a sign of life, and says then that it did; cuts off who gave none. */
  beat(): boolean
}

/** What comes over a socket. */
export interface SocketEvents {
  message(text: string): void
  closed(code: number, reason: string): void
}

const maxWaitingBytes = 1024 * 1024
const pingSeconds = 15
const pongSeconds = 10
const malformedMessage = 4400

/** Guards a socket. */
export const guardSocket = (
  { stopwatch }: { readonly stopwatch: Stopwatch },
  socket: WebSocket,
  events: SocketEvents,
): Socket => {
  let pingedAt = stopwatch()
  let isAwaited = false

  const close = (code?: number, reason?: string): void => {
    if (socket.readyState === socket.OPEN) socket.close(code, reason)
  }
  // What breaks the protocol of WebSockets: ws closes it, with 1002, 1007 or 1009.
  socket.on('error', () => {})
  socket.on('pong', () => {
    isAwaited = false
  })
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) close(malformedMessage, 'Invalid message received')
    else if (socket.readyState === socket.OPEN) events.message(data.toString())
  })
  socket.on('close', (code, reason) => events.closed(code, reason.toString()))

  return {
    protocol: socket.protocol,
    send: text =>
      new Promise(resolve => {
        if (socket.readyState !== socket.OPEN) return resolve()
        socket.send(text, () => resolve())
        if (socket.bufferedAmount > maxWaitingBytes) socket.terminate()
      }),
    close,
    cut: () => socket.terminate(),
    beat: () => {
      const seconds = stopwatch() - pingedAt
      if (isAwaited && seconds > pongSeconds) {
        socket.terminate()
        return false
      }
      if (isAwaited || seconds < pingSeconds || socket.readyState !== socket.OPEN) return false
      isAwaited = true
      pingedAt = stopwatch()
      socket.ping()
      return true
    },
  }
}
