// Each helper in a server of the framework that it is for, asked over HTTP.
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import express from 'express'
import Fastify from 'fastify'
import type { Verifier, WithViewer } from '../../src/verify/index.js'
import {
  apolloContext,
  createVerifier,
  fastifyPlugin,
  nodeMiddleware,
  yogaPlugin,
} from '../../src/verify/index.js'
import { eventually } from '../support/eventually.js'
import { createAdmin, createCredential, disable } from '../support/feed.js'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'
import { createYogaServer } from '../support/yoga-server.js'

type User = Awaited<ReturnType<World['signUp']>>

let world: World
let verifier: Verifier
let user: User
let banned: User
beforeAll(async () => {
  world = await createWorld()
  const credential = await createCredential(world)
  verifier = createVerifier({ issuer: world.url, audience: 'signet', revocations: { credential } })
  ;[user, banned] = await Promise.all([world.signUp(), world.signUp()])
  await (await createAdmin(world))(disable, { input: { userId: banned.user.id } })
  await eventually(async () => expect((await verifier.verify(banned.accessToken)).ok).toBe(false))
})
afterAll(async () => {
  await verifier.close()
  await world.close()
})

interface Service {
  readonly url: string
  close(): Promise<unknown>
}

type Protect = { readonly verifier: Pick<Verifier, 'verify'>; readonly allowAnonymous: boolean }

const typeDefs = 'type Query { whoAmI: String }'
const resolvers = {
  Query: { whoAmI: (_: unknown, __: unknown, { viewer }: WithViewer) => viewer?.sub ?? null },
}

const listen = async (given: RequestListener | Server): Promise<Service> => {
  const server = typeof given === 'function' ? createServer(given) : given
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

const withApollo = async ({ verifier, ...options }: Protect): Promise<Service> => {
  const apollo = new ApolloServer<WithViewer>({ typeDefs, resolvers })
  const context = apolloContext(verifier, options)
  const { url } = await startStandaloneServer(apollo, { listen: { port: 0, host: '127.0.0.1' }, context })
  return { url, close: () => apollo.stop() }
}

const withYoga = ({ verifier, ...options }: Protect): Promise<Service> =>
  listen(createYogaServer(yogaPlugin(verifier, options), typeDefs, resolvers))

const withExpress = ({ verifier, ...options }: Protect): Promise<Service> => {
  const app = express()
  app.use(nodeMiddleware(verifier, options))
  app.post('/', (request, response) => {
    const { viewer } = request as typeof request & WithViewer
    response.json({ data: { whoAmI: viewer?.sub ?? null } })
  })
  return listen(createServer(app))
}

const withNode = ({ verifier, ...options }: Protect): Promise<Service> => {
  const protect = nodeMiddleware(verifier, options)
  return listen((request: Parameters<typeof protect>[0], response) =>
    protect(request, response, () =>
      response.end(JSON.stringify({ data: { whoAmI: request.viewer?.sub ?? null } })),
    ),
  )
}

const withFastify = async ({ verifier, ...options }: Protect): Promise<Service> => {
  const app = Fastify()
  await app.register(fastifyPlugin(verifier, options))
  app.post('/', async request => {
    const { viewer } = request as typeof request & WithViewer
    return { data: { whoAmI: viewer?.sub ?? null } }
  })
  return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
}

describe.each([
  ['Apollo Server', withApollo],
  ['GraphQL Yoga', withYoga],
  ['Express', withExpress],
  ['node:http', withNode],
  ['Fastify', withFastify],
] as const)('a service of %s', (_, start) => {
  let service: Service
  let lenient: Service
  let unable: Service
  beforeAll(async () => {
    const cannotTell = { verify: async () => ({ ok: false, reason: 'UNAVAILABLE' }) as const }
    service = await start({ verifier, allowAnonymous: false })
    lenient = await start({ verifier, allowAnonymous: true })
    unable = await start({ verifier: cannotTell, allowAnonymous: false })
  })
  afterAll(() => Promise.all([service, lenient, unable].map(one => one.close())))

  const ask = async ({ url }: Service, authorization?: string) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        connection: 'close',
        ...(authorization && { authorization }),
      },
      body: JSON.stringify({ query: '{ whoAmI }' }),
    })
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      retryAfter: response.headers.get('retry-after'),
      body: await response.json(),
    }
  }
  const refusal = (reason: string) => ({
    status: 401,
    challenge: reason === 'MISSING' ? 'Bearer' : 'Bearer error="invalid_token"',
    retryAfter: null,
    body: {
      errors: [
        expect.objectContaining({
          message: expect.stringMatching(/\.$/),
          extensions: expect.objectContaining({ code: 'UNAUTHENTICATED', reason }),
        }),
      ],
    },
  })
  const answer = (whoAmI: string | null) => ({
    status: 200,
    challenge: null,
    retryAfter: null,
    body: { data: { whoAmI } },
  })

  test('knows who asks, and refuses a banned user', async () => {
    expect(await ask(service, `Bearer ${user.accessToken}`)).toEqual(answer(user.user.id))
    expect(await ask(service, `Bearer ${banned.accessToken}`)).toEqual(refusal('REVOKED'))
  })

  test('refuses a request without a token, unless it is set to let it pass', async () => {
    expect(await ask(service)).toEqual(refusal('MISSING'))
    expect(await ask(lenient)).toEqual(answer(null))
    expect(await ask(lenient, `Bearer ${user.accessToken}`)).toEqual(answer(user.user.id))
  })

  test('refuses a bad token in either case', async () => {
    for (const one of [service, lenient]) {
      expect(await ask(one, 'Bearer nonsense')).toEqual(refusal('INVALID'))
      expect(await ask(one, `Basic ${user.accessToken}`)).toEqual(refusal('INVALID'))
      expect(await ask(one, `Bearer ${banned.accessToken}`)).toEqual(refusal('REVOKED'))
    }
  })

  test('says 503 and no rejection when it cannot tell', async () => {
    expect(await ask(unable, `Bearer ${user.accessToken}`)).toMatchObject({
      status: 503,
      challenge: null,
      retryAfter: '2',
      body: { errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 2 } }] },
    })
  })
})

test('a service of Fastify can be tested by requests that are injected', async () => {
  const app = Fastify()
  await app.register(fastifyPlugin(verifier))
  app.get('/', async request => (request as typeof request & WithViewer).viewer?.sub)
  const good = await app.inject({ url: '/', headers: { authorization: `Bearer ${user.accessToken}` } })
  expect([good.statusCode, good.body]).toEqual([200, user.user.id])
  expect((await app.inject({ url: '/' })).statusCode).toBe(401)
  await app.close()
})
