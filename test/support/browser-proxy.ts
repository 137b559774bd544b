// Between browsers and a Signet: passes everything on, and counts, holds back, cuts, answers or refuses what a test says.
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Agent, createServer, request as sendRequest } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { operationOf } from './browser-parts.js'

/** One request of a browser. */
export interface ProxiedRequest {
  /** The name of the operation; OPTIONS for a preflight, the path of anything else. */
  readonly operation: string
  readonly body: string
  readonly origin: string | undefined
  readonly hasCookie: boolean
  /** What Signet answered, if it was asked and has answered. */
  status: number | null
}

/** What befalls a request. */
export interface Fate {
  /** It reaches Signet when this is settled, unless the browser has cut it off by then. */
  readonly hold?: Promise<unknown>
  /** Signet's answer is passed on when this is settled. */
  readonly holdAnswer?: Promise<unknown>
  /** Answered in Signet's place. */
  readonly answer?: {
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body: string
  }
  /** The connection is broken: before Signet is asked, when it has answered, or in the middle of passing that on. */
  readonly cut?: 'before' | 'after' | 'within'
}

export interface BrowserProxy {
  readonly url: string
  /** Every request, in order. */
  readonly requests: ProxiedRequest[]
  countOf(operation: string): number
  /** Decides what befalls each request; null passes it on as it is. */
  fate: (request: ProxiedRequest) => Fate | null
  /** Breaks the connections, those of WebSockets too, and refuses new ones. */
  refuse(): Promise<void>
  /** Lets everything through again. */
  heal(): Promise<void>
  close(): Promise<void>
}

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => buffer(request)

const nameOf = ({ method, url = '/' }: IncomingMessage, body: string): string =>
  method === 'POST' ? operationOf(body) : method === 'OPTIONS' ? method : url

/** Starts the proxy on loopback. */
export const createBrowserProxy = async (target: string): Promise<BrowserProxy> => {
  const { hostname, port } = new URL(target)
  const agent = new Agent({ keepAlive: true })
  const sockets = new Set<Socket>()
  const requests: ProxiedRequest[] = []

  const ask = (request: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const { method, url: path, headers } = request
      const sent = sendRequest({ agent, hostname, port, method, path, headers }, resolve)
      sent.on('error', reject)
      sent.end(body)
    })

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    const known: ProxiedRequest = {
      operation: nameOf(request, body.toString()),
      body: body.toString(),
      origin: request.headers.origin,
      hasCookie: request.headers.cookie !== undefined,
      status: null,
    }
    requests.push(known)
    const { hold, holdAnswer, answer, cut } = proxy.fate(known) ?? {}
    if (cut === 'before') return void request.socket.destroy()
    if (answer) return void response.writeHead(answer.status, answer.headers).end(answer.body)
    await hold
    if (hold && request.socket.destroyed) return
    const answered = await ask(request, body)
    const whole = await bodyOf(answered)
    known.status = answered.statusCode ?? null
    await holdAnswer
    if (cut === 'after') return void request.socket.destroy()
    response.writeHead(answered.statusCode ?? 500, answered.rawHeaders)
    if (cut !== 'within') return void response.end(whole)
    response.write(whole.subarray(0, whole.length / 2), () => request.socket.destroy())
  }

  const passSocket = (request: IncomingMessage, client: Socket, head: Buffer): void => {
    const signet = connect(Number(port), hostname)
    const lines = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 ? [] : [`${name}: ${all[index + 1]}`],
    )
    signet.write([`GET ${request.url} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    signet.write(head)
    client.pipe(signet).pipe(client)
    for (const [one, other] of [
      [client, signet],
      [signet, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  }

  const listen = async (at: number): Promise<Server> => {
    const server = createServer((request, response) => {
      pass(request, response).catch(() => request.socket.destroy())
    })
    server.on('upgrade', passSocket)
    server.on('connection', socket => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    await once(server.listen(at, '127.0.0.1'), 'listening')
    return server
  }

  let server: Server | null = await listen(0)
  const { port: own } = server.address() as AddressInfo
  const refuse = async (): Promise<void> => {
    const closed = new Promise(resolve => (server ? server.close(resolve) : resolve(null)))
    server = null
    for (const socket of sockets) socket.destroy()
    await closed
  }
  const proxy: BrowserProxy = {
    url: `http://localhost:${own}`,
    requests,
    countOf: operation => requests.filter(one => one.operation === operation).length,
    fate: () => null,
    refuse,
    heal: async () => {
      proxy.fate = () => null
      server ??= await listen(own)
    },
    close: async () => {
      await refuse()
      agent.destroy()
    },
  }
  return proxy
}
