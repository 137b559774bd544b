// Whatever a plan answers is what graphql-js answers; the rest it leaves.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import type { ExecutionResult } from 'graphql'
import { buildSchema, execute, parse, validate } from 'graphql'
import type { Context } from '../../src/graphql/context.js'
import type { FastLane } from '../../src/graphql/fast-lane.js'
import { createFastLane } from '../../src/graphql/fast-lane.js'
import { planQuery } from '../../src/graphql/plan.js'
import { SignetError } from '../../src/lib/errors.js'

type Learnt = Parameters<FastLane['learn']>[0]

const schema = buildSchema(`
  type Query { thing: Thing needed: Thing! things: [Thing!] named: Named argued(size: Int = 1): Int path: String }
  type Thing implements Named { name: String size: Int! tags: [String!]! grid: [[Int]] inner: Thing }
  interface Named { name: String }
`)
const fields = schema.getQueryType()?.getFields() ?? {}

// What resolvers give comes with the context, so that a document is planned once and asked with many values.
const context = (values: unknown): Context => Object.assign(Object.create(null), { values })
for (const [name, field] of Object.entries(fields)) {
  field.resolve = (_, args, { values }, info) => {
    if (name === 'path') return JSON.stringify(info.path)
    if (name === 'argued') return args.size
    return typeof values[name] === 'function' ? values[name]() : values[name]
  }
}

const scalar = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.constantFrom(null, undefined, true, 1.5, Number.NaN, '', new Error('a fault')),
  fc.constant('late').map(value => Promise.resolve(value)),
)
const list = <T>(item: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.array(item, { maxLength: 3 }) }, scalar)
const thing = fc.letrec(tie => ({
  thing: fc.oneof(
    { maxDepth: 2 },
    fc.constant(null),
    fc.record({
      name: scalar,
      size: fc.oneof(fc.integer({ min: 0, max: 99 }), scalar),
      tags: list(fc.oneof(fc.string(), scalar)),
      grid: list(list(fc.oneof(fc.integer({ min: 0, max: 99 }), scalar))),
      inner: tie('thing'),
    }),
    fc.record({ name: fc.string(), size: fc.constant(() => 7), tags: fc.constant(new Set(['a'])) }),
  ),
})).thing
// What a store gives comes later, or not at all. Rejected ones are made when they are asked for: nobody hears them before.
const later = (value: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 3, arbitrary: value.map(given => () => given) },
    { weight: 2, arbitrary: value.map(given => async () => given) },
    fc.constant(async () => {
      throw new Error('late')
    }),
  )
const values = fc.record({
  thing: later(thing),
  needed: later(thing),
  things: later(list(thing)),
  named: later(thing),
})

const keys = ['name', 'size', 'x', '__proto__', 'constructor', '__typename']
const leaf = fc
  .tuple(
    fc.constantFrom('', ...keys.map(key => `${key}: `)),
    fc.constantFrom('name', 'size', 'tags', 'grid', '__typename'),
  )
  .map(([alias, name]) => alias + name)
const selection = fc.letrec<{ of: string; one: string }>(tie => ({
  of: fc.array(tie('one'), { minLength: 1, maxLength: 4 }).map(all => `{ ${all.join(' ')} }`),
  one: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: leaf },
    tie('of').map(inner => `inner ${inner}`),
    tie('of').map(inner => `... on Thing ${inner}`),
    leaf.map(text => `${text} @include(if: true)`),
  ),
})).of
const rootField = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('thing', 'needed', 'things', 'other: thing', '__proto__: thing', 'named'),
      selection,
    )
    .map(([name, inner]) => `${name} ${name === 'named' ? '{ name }' : inner}`),
  fc.constantFrom('__typename', 'argued', 'argued(size: 2)', 'path'),
)
const query = fc.array(rootField, { minLength: 1, maxLength: 3 }).map(all => `{ ${all.join(' ')} }`)

// A promise that nobody hears would end a server.
const unheard: unknown[] = []
const note = (reason: unknown): void => void unheard.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unheard).toEqual([])
})

/** What a plan answers; null where it leaves the query to graphql-js. */
const follow = async (text: string, given: unknown): Promise<ExecutionResult | null> => {
  try {
    return (await planQuery(schema, parse(text))?.(context(given))) ?? null
  } catch {
    return null
  }
}

const execution = (text: string, given: unknown) =>
  execute({ schema, document: parse(text), contextValue: context(given) })

test('a plan that answers says what graphql-js says, in the same order', async () => {
  let planned = 0
  await fc.assert(
    fc.asyncProperty(query, values, async (text, given) => {
      fc.pre(validate(schema, parse(text)).length === 0)
      const result = await follow(text, given)
      if (!result) return
      planned += 1
      expect(JSON.stringify(result)).toBe(JSON.stringify(await execution(text, given)))
    }),
    { numRuns: 2_000 },
  )
  expect(planned).toBeGreaterThan(100)
})

test('reads that fail are told as graphql-js tells them, and none is left unheard', async () => {
  const fail = async () => {
    throw new Error('late')
  }
  const given = (value: unknown) =>
    fc.constantFrom<unknown>(
      () => value,
      async () => value,
      fail,
    )
  const reads = fc.record({ thing: given({ size: 1 }), needed: given({ size: 2 }), things: given([]) })
  const texts = fc
    .subarray(
      ['thing { size }', 'needed { size }', 'things { size }', 'again: needed { size }', '__typename'],
      {
        minLength: 1,
      },
    )
    .chain(all => fc.shuffledSubarray(all, { minLength: all.length }))
    .map(all => `{ ${all.join(' ')} }`)
  const seen = { data: 0, errors: 0, nothing: 0 }
  await fc.assert(
    fc.asyncProperty(texts, reads, async (text, values) => {
      const result = await follow(text, values)
      if (!result) throw new Error('a plan that fails')
      seen[result.data === null ? 'nothing' : result.errors ? 'errors' : 'data'] += 1
      expect(JSON.stringify(result)).toBe(JSON.stringify(await execution(text, values)))
    }),
    { numRuns: 500 },
  )
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50)
})

test('what was begun for nothing is heard, whatever it holds', async () => {
  const given = { things: async () => [Promise.reject(new Error('late'))], needed: () => null }
  expect(await follow('{ things { size } needed { size } }', given)).toBeNull()
  // afterAll tells whether a rejection was left unheard.
  await new Promise(resolve => setImmediate(resolve))
})

const answers: Record<string, string> = {
  'selects plain fields': '{ thing { name size tags grid inner { name } } }',
  'names itself': 'query Everything { needed { size } }',
  'renames fields': '{ one: thing { n: name } two: thing { n: size } }',
  'asks for the names of types': '{ __typename thing { __typename } }',
  'selects a list of objects': '{ things { name } }',
}
const whole = { name: 'a', size: 1, tags: ['x'], grid: [[1, null], null], inner: { name: null } }
describe.each(['at once', 'late'])(
  'a plan is there for a query whose values are there %s, and that',
  when => {
    test.each(Object.entries(answers))('%s', async (_, text) => {
      const document = parse(text)
      const give = (value: unknown) => () => (when === 'late' ? Promise.resolve(value) : value)
      const given = context({ thing: give(whole), needed: give(whole), things: give([whole, whole]) })
      const result = await execute({ schema, document, contextValue: given })
      expect(result.errors).toBeUndefined()
      expect(JSON.stringify(await planQuery(schema, document)?.(given))).toBe(JSON.stringify(result))
    })
  },
)

const left: Record<string, string> = {
  'changes something': 'mutation { __typename }',
  'is one of two': 'query A { __typename } query B { __typename }',
  'declares a variable': 'query ($x: Boolean = true) { thing { name } }',
  'has a directive': '{ thing @skip(if: true) { name } }',
  'has a directive of its own': 'query @x { thing { name } }',
  'gives an argument': '{ argued(size: 2) }',
  'selects a field that takes an argument': '{ argued }',
  'spreads a fragment': '{ thing { ...f } } fragment f on Thing { name }',
  'spreads a fragment in place': '{ thing { ... { name } } }',
  'selects a field twice': '{ thing { name } thing { size } }',
  'asks for an interface': '{ named { name } }',
  'has a key that is none': '{ __proto__: thing { name } }',
}
describe('no plan is there for an operation that', () => {
  test.each(Object.entries(left))('%s', (_, text) => {
    expect(planQuery(schema, parse(text))).toBeNull()
  })
})

const failing: Record<string, readonly [text: string, values: object]> = {
  'waits below the root': ['{ thing { name } }', { thing: { name: Promise.resolve('a') } }],
  'waits, and waits once more': [
    '{ thing { name } }',
    { thing: () => Promise.resolve({ name: Promise.resolve('a') }) },
  ],
  'waits beside what fails at once': [
    '{ thing { name } needed { size } }',
    { thing: () => Promise.reject(new Error('late')), needed: null },
  ],
  'is a fault': ['{ thing { name } }', { thing: new Error('fault') }],
  'is not there and has to be': ['{ needed { name } }', { needed: null }],
  'is of another type': ['{ thing { size } }', { thing: { size: 'many' } }],
  'is no list': ['{ things { name } }', { things: 'abc' }],
  'wants to know its place': ['{ path }', {}],
}
describe('a plan leaves to graphql-js what', () => {
  test.each(Object.entries(failing))('%s', async (_, [text, given]) => {
    const plan = planQuery(schema, parse(text))
    expect(plan).not.toBeNull()
    await expect((async () => plan?.(context(given)))()).rejects.toThrow()
  })
})

test('of a list that waits, every promise is heard: none is left to end the process', () => {
  const late = [Promise.resolve({ size: 1 }), Promise.resolve({ size: 2 })]
  const heard = late.map(promise => jest.spyOn(promise, 'then'))
  const plan = planQuery(schema, parse('{ things { size } }'))
  expect(() => plan?.(context({ things: [{ size: 0 }, ...late] }))).toThrow()
  for (const then of heard) expect(then).toHaveBeenCalledTimes(1)
})

/** A lane that knows `{ needed { size } }`, and how often its resolver was asked. */
const openLane = (give: () => unknown) => {
  const lane = createFastLane(schema)
  const source = '{ needed { size } }'
  const document = parse(source)
  const [operation] = document.definitions
  let count = 0
  const counting = context({
    needed: () => {
      count += 1
      return give()
    },
  })
  return {
    learn: () =>
      lane.learn({ source, document, operation, operationName: null, request: {} } as unknown as Learnt),
    ask: async () => {
      const before = count
      const answer = await lane.answer({ query: source, operationName: null, variables: null }, counting)
      return { answer, asked: count - before }
    },
  }
}

test('a plan that was given up stays so, however often Apollo lets its document through', async () => {
  const { learn, ask } = openLane(async () => ({ size: Promise.resolve(7) }))
  const answer = '{"data":{"needed":{"size":7}}}\n'
  learn()
  expect(await ask()).toEqual({ answer, asked: 2 })
  learn()
  expect(await ask()).toEqual({ answer, asked: 1 })
})

test('a store that fails is asked once, and the plan is followed when it is well again', async () => {
  let fails = false
  const { learn, ask } = openLane(async () => {
    if (fails) throw new SignetError('NOT_FOUND', 'gone')
    return { size: 7 }
  })
  learn()
  for (const [isDown, answer] of [
    [false, '{"data":{"needed":{"size":7}}}\n'],
    [true, expect.stringMatching(/"code":"NOT_FOUND".*"data":null\}\n$/)],
    [false, '{"data":{"needed":{"size":7}}}\n'],
  ] as const) {
    fails = isDown
    expect(await Promise.all([ask(), ask()])).toEqual([
      { answer, asked: expect.any(Number) },
      { answer, asked: expect.any(Number) },
    ])
    expect(await ask()).toEqual({ answer, asked: 1 })
  }
})

test('what is late stands where it was asked for', async () => {
  const plan = planQuery(schema, parse('{ late: thing { size } now: needed { size } }'))
  const given = context({ thing: async () => ({ size: 1 }), needed: { size: 2 } })
  expect(JSON.stringify(await plan?.(given))).toBe('{"data":{"late":{"size":1},"now":{"size":2}}}')
})

test('documents are forgotten by their length: no number of long ones fills the memory', async () => {
  const lane = createFastLane(schema)
  const sources = Array.from(
    { length: 200 },
    (_, n) => `{ a${n}: __typename ${'x: __typename '.repeat(280)}}`,
  )
  for (const source of sources) {
    const document = parse(source)
    const [operation] = document.definitions
    lane.learn({ source, document, operation, operationName: null, request: {} } as unknown as Learnt)
  }
  const ask = (query: string) => lane.answer({ query, operationName: null, variables: null }, context({}))
  const known = (await Promise.all(sources.map(ask))).filter(answer => answer !== null)
  expect(known.length).toBeGreaterThan(30)
  expect(known.length).toBeLessThanOrEqual(66)
})
