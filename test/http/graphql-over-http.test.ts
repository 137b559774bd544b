import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { serverAudits } from 'graphql-http'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

// Apollo Server's own choices; every one is SHOULD or MAY in the specification.
const exceptions = {
  '572B': 'SHOULD: Apollo answers 400, not 200, when a document cannot be parsed, whatever is accepted.',
  FDE2: 'SHOULD: the same, when a document is not valid.',
  '7B9B': 'SHOULD: the same, when variables cannot be coerced.',
  '5A70': "MAY: Apollo's CSRF prevention refuses a GET that a foreign page could send without a preflight.",
  D6D5: 'MAY: the same, with variables.',
  '6A70': 'MAY: the same, with variables and accepting application/json.',
}

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

test('GraphQL over HTTP is spoken as its specification says, but for the exceptions listed here', async () => {
  const failed: Record<string, string> = {}
  for (const audit of serverAudits({ url: `${world.url}/graphql` })) {
    const result = await audit.fn()
    if (result.status === 'ok') continue
    await result.response.body?.cancel()
    failed[audit.id] = `${audit.name}: ${result.reason}`
  }
  expect(Object.values(failed).filter(failure => failure.startsWith('MUST'))).toEqual([])
  const names = Object.fromEntries(Object.entries(failed).map(([id, text]) => [id, text.split(' ')[0]]))
  const expected = Object.fromEntries(
    Object.entries(exceptions).map(([id, text]) => [id, text.split(':')[0]]),
  )
  expect(names).toEqual(expected)
})

test('a query by GET is answered to who shows that no foreign page sent it', async () => {
  const answer = await world.send('/graphql?query={viewer{userId}}', {
    headers: { 'apollo-require-preflight': '1' },
  })
  expect([answer.status, await answer.json()]).toEqual([200, { data: { viewer: null } }])
})

test.each([
  ['another type', 'application/xml', 415],
  ['GraphQL as text', 'application/graphql', 415],
  ['another charset', 'application/json; charset=utf-16', 415],
  ['no type', '', 415],
  ['UTF-8 by name', 'application/json; charset="UTF-8"', 200],
  ['UTF-8 by its other name', 'Application/JSON;charset=utf8', 200],
])('a body of %s is told so by its status', async (_, type, status) => {
  const answer = await world.send('/graphql', {
    method: 'POST',
    headers: type ? { 'content-type': type } : {},
    body: new TextEncoder().encode('{"query":"{viewer{userId}}"}'),
  })
  const { errors } = (await answer.json()) as { errors?: { extensions: { code: string } }[] }
  expect([answer.status, errors?.[0]?.extensions.code]).toEqual([
    status,
    status === 200 ? undefined : 'BAD_REQUEST',
  ])
})

test('an answer comes in the media type that is asked for, and 406 when there is none', async () => {
  const ask = async (accept: string) => {
    const answer = await world.send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: '{"query":"{viewer{userId}}"}',
    })
    return [answer.status, answer.headers.get('content-type')]
  }
  expect(await ask('application/graphql-response+json')).toEqual([
    200,
    'application/graphql-response+json; charset=utf-8',
  ])
  expect(await ask('application/json')).toEqual([200, 'application/json; charset=utf-8'])
  expect(await ask('image/png')).toEqual([406, 'application/json; charset=utf-8'])
})
