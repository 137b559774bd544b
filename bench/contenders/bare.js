// The limit: node:http and node:crypto, HS256 checked by hand, no GraphQL at all.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { ready, secretKey } from './schema.js'

const refuse = response =>
  response.writeHead(401, { 'content-type': 'application/json' }).end('{"errors":[]}')

const verify = token => {
  const [header, payload, signature] = token.split('.')
  const wanted = createHmac('sha256', secretKey).update(`${header}.${payload}`).digest()
  const given = Buffer.from(signature ?? '', 'base64url')
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return claims.exp * 1000 > Date.now() ? claims : null
}

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString())
    const token = request.headers.authorization?.slice(7)
    const claims = token === undefined ? null : verify(token)
    if (token !== undefined && !claims) return refuse(response)
    const viewer = claims && { userId: claims.sub, roles: claims.roles }
    const body = JSON.stringify({ data: { viewer } })
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    response.end(body)
  })
})
server.listen(0, '127.0.0.1', () => ready(`http://127.0.0.1:${server.address().port}/graphql`))
