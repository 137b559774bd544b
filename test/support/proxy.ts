// A TCP proxy in front of a test's PostgreSQL, to take the database away from a running Signet and to give it back.
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

export interface DatabaseProxy {
  /** The target's address, through the proxy. */
  readonly url: string
  /** Breaks every connection and refuses new ones. */
  cut(): void
  /** Lets nothing through any more, and keeps connections open; `answers` still lets what the client says through. */
  stall(what?: 'all' | 'answers'): void
  /** Swallows the notices of LISTEN, as a pooler between the two does. */
  swallowNotices(): void
  /** What clients have sent since the last call, all connections together. */
  takeSent(): Buffer
  /** Lets everything through again, what was held back first. */
  heal(): void
  close(): Promise<void>
}

type State = 'open' | 'cut' | 'stalled' | 'answers-stalled'

const targetOf = (url: URL) => {
  const folder = url.searchParams.get('host')
  const port = Number(url.port || 5432)
  return folder?.startsWith('/')
    ? { path: `${folder}/.s.PGSQL.${port}` }
    : { host: folder ?? url.hostname, port }
}

/** Splits what a database says into messages (a letter, then a length) and leaves the notices out. */
const createNoticeFilter = () => {
  let rest = Buffer.alloc(0)
  return (bytes: Buffer): Buffer => {
    rest = Buffer.concat([rest, bytes])
    const kept: Buffer[] = []
    while (rest.length >= 5 && rest.length >= 1 + rest.readUInt32BE(1)) {
      const length = 1 + rest.readUInt32BE(1)
      if (rest.toString('latin1', 0, 1) !== 'A') kept.push(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
    return Buffer.concat(kept)
  }
}

/** Puts a proxy in front of a PostgreSQL address, on loopback. */
export const createProxy = async (targetUrl: string): Promise<DatabaseProxy> => {
  const target = new URL(targetUrl)
  const pairs = new Set<{ readonly client: Socket; readonly database: Socket }>()
  let state: State = 'open'
  let swallowing = false
  let sent: Buffer[] = []

  const flow = (socket: Socket, held: boolean): void => {
    if (held) socket.pause()
    else socket.resume()
  }
  const apply = ({ client, database }: { client: Socket; database: Socket }): void => {
    flow(client, state === 'stalled')
    flow(database, state === 'stalled' || state === 'answers-stalled')
  }

  const server = createServer({ pauseOnConnect: true }, client => {
    if (state === 'cut') {
      client.destroy()
      return
    }
    const database = connect(targetOf(target))
    const pair = { client, database }
    pairs.add(pair)
    const withoutNotices = createNoticeFilter()
    client.on('data', bytes => void sent.push(bytes))
    for (const [from, to] of [
      [client, database],
      [database, client],
    ] as const) {
      from.on('data', bytes => to.write(swallowing && from === database ? withoutNotices(bytes) : bytes))
      from.on('end', () => to.end())
      from.on('error', () => to.destroy())
      from.on('close', () => {
        pairs.delete(pair)
        to.destroy()
      })
    }
    apply(pair)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))

  const url = new URL(targetUrl)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = `${(server.address() as AddressInfo).port}`

  const change = (next: State): void => {
    state = next
    for (const pair of pairs) {
      if (next === 'cut') pair.client.destroy()
      else apply(pair)
    }
  }
  return {
    url: url.href,
    cut: () => change('cut'),
    stall: (what = 'all') => change(what === 'all' ? 'stalled' : 'answers-stalled'),
    swallowNotices: () => {
      swallowing = true
      change('cut')
      change('open')
    },
    takeSent: () => {
      const all = Buffer.concat(sent)
      sent = []
      return all
    },
    heal: () => change('open'),
    close: async () => {
      change('cut')
      await new Promise(resolve => server.close(resolve))
    },
  }
}
