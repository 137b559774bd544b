import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from '@jest/globals'
import { createDrain } from '../../src/http/drain.js'
import { serveWithoutUpgrade } from '../../src/http/without-upgrade.js'

const get = 'GET / HTTP/1.1\r\nHost: signet\r\n\r\n'

// Its own time-out is below the patience with requests that do not end.
test('requests of a client that went away hold up no stop, nor does one that waits behind another', async () => {
  const server = createServer(() => {})
  const drain = createDrain(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write(get + get)
  await once(server, 'request')
  client.destroy()
  await drain()
}, 10_000)

test('nor does one on a connection whose upgrade was declined meanwhile', async () => {
  const server = createServer(() => {})
  server.on('upgrade', (request, socket, head) => serveWithoutUpgrade(server, request, socket, head))
  const drain = createDrain(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write(get)
  await once(server, 'request')
  client.write(get.replace('\r\n\r\n', '\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n'))
  await once(server, 'request')
  client.destroy()
  await drain()
}, 10_000)

test.each([
  ['is being answered', 'request', {}],
  ['is being answered though it expects what nobody knows', 'checkExpectation', { expect: 'x-something' }],
])('a stop waits for what %s', async (_, event, headers) => {
  let answer = (): void => {}
  const handle: RequestListener = (_, response) => {
    answer = () => response.end('late')
  }
  const server = createServer(handle).on('checkExpectation', handle)
  const drain = createDrain(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const asked = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', headers })
  asked.end()
  await once(server, event)
  const drained = drain()
  setTimeout(() => answer(), 50)
  const [response] = await once(asked, 'response')
  expect(await text(response)).toBe('late')
  await drained
})
