// What docs/react.md says of errors is all of them.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const guide = read('docs/react.md')

/** The values of an enum in the schema. */
const valuesOf = (name: string): string[] => {
  const [, body = ''] = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(read('schema.graphql')) ?? []
  return [...body.replaceAll(/"[^"]*"/g, '').matchAll(/^ +([A-Z_]+)$/gm)].map(([, value = '']) => value)
}

test('every code that an app can meet has a line on what to show', () => {
  const codes = [...valuesOf('ErrorCode'), 'UNREACHABLE', 'SESSION_CHANGED', 'STORAGE_FAILED', 'UNEXPECTED']
  expect(codes.length).toBeGreaterThan(14)
  const explained = guide.split('\n').flatMap(line => {
    const [, first = ''] = /^\| ([^|]+) \|/.exec(line) ?? []
    return [...first.matchAll(/`([A-Z_]+)`/g)].map(([, code = '']) => code)
  })
  expect(codes.filter(code => !explained.includes(code))).toEqual([])
})

test('every reason that a session ends for has a sentence', () => {
  const reasons = valuesOf('SignOutReason')
  expect(reasons.length).toBeGreaterThan(4)
  for (const reason of reasons) expect(guide).toContain(`case '${reason}': return `)
})
