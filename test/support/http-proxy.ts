// A reverse proxy in front of a Signet, as services have it: it counts, may hold every answer back until it is whole,
// and may answer by itself.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer in the place of the target's. */
export interface OwnAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string
}

export interface HttpProxy {
  readonly url: string
  /** How often a path was asked for. */
  count(path: string): number
  /** Answers a path by itself from now on; null lets the target answer again. */
  answer(path: string, answer: OwnAnswer | null): void
  /** Forwards to another Signet from now on, and breaks every connection. */
  retarget(url: string): void
  close(): Promise<void>
}

const forward = async (
  target: string,
  { url = '/', method = 'GET', headers }: IncomingMessage,
  response: ServerResponse,
  isBuffering: boolean,
): Promise<void> => {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const passed = ['authorization', 'accept', 'last-event-id'].flatMap(name => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] as [string, string]] : []
  })
  const answer = await fetch(`${target}${url}`, {
    method,
    headers: passed,
    signal: gone.signal,
  })
  const begin = () =>
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      'cache-control': answer.headers.get('cache-control') ?? '',
    })
  if (isBuffering) {
    const body = await answer.text()
    begin().end(body)
    return
  }
  begin().flushHeaders()
  for await (const chunk of answer.body ?? []) response.write(chunk)
  response.end()
}

/** Starts the proxy on loopback. */
export const createHttpProxy = async (first: string, { isBuffering = false } = {}): Promise<HttpProxy> => {
  let target = first
  const counts = new Map<string, number>()
  const answers = new Map<string, OwnAnswer>()
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0] ?? '/'
    counts.set(path, (counts.get(path) ?? 0) + 1)
    const own = answers.get(path)
    if (own) {
      response.writeHead(own.status ?? 200, { 'content-type': 'application/json', ...own.headers })
      response.end(own.body)
      return
    }
    forward(target, request, response, isBuffering).catch(() => response.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: path => counts.get(path) ?? 0,
    answer: (path, answer) => void (answer ? answers.set(path, answer) : answers.delete(path)),
    retarget: url => {
      target = url
      server.closeAllConnections()
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
