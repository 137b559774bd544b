import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
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

test('a stop waits for what is being answered', async () => {
  let answer = (): void => {}
  const server = createServer((_, response) => {
    answer = () => response.end('late')
  })
  const drain = createDrain(server)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const asked = fetch(`http://127.0.0.1:${port}/`)
  await once(server, 'request')
  const drained = drain()
  setTimeout(() => answer(), 50)
  expect(await (await asked).text()).toBe('late')
  await drained
})
