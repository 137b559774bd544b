import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql'
import { createSchema, printContract } from '../../src/graphql/schema.js'
import { errorCodes } from '../../src/lib/error-codes.js'

const schema = createSchema()
const own = Object.values(schema.getTypeMap()).filter(
  type => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
)

const undescribed = (): string[] =>
  own.flatMap(type => {
    const members: { name: string; description?: string | null | undefined }[] = isEnumType(type)
      ? [...type.getValues()]
      : isObjectType(type) || isInterfaceType(type)
        ? Object.values(type.getFields()).flatMap(field => [
            { ...field, name: field.name },
            ...field.args.map(arg => ({ ...arg, name: `${field.name}(${arg.name})` })),
          ])
        : isInputObjectType(type)
          ? Object.values(type.getFields())
          : []
    return [{ name: '', description: type.description }, ...members]
      .filter(({ description }) => !description)
      .map(({ name }) => `${type.name}.${name}`)
  })

test('every type, field, argument and enum value has a description', () => {
  expect(own.length).toBeGreaterThan(15)
  expect(undescribed()).toEqual([])
})

test('the committed schema is the one that is served', () => {
  expect(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8')).toBe(printContract(schema))
})

test('the error codes of the schema are those that are thrown', () => {
  const type = schema.getType('ErrorCode')
  expect(isEnumType(type) && type.getValues().map(value => value.name)).toEqual(Object.keys(errorCodes))
})

test('every mutation takes at most one argument, called input, and gives a payload that is not null', () => {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    expect([field.name, field.args.map(arg => arg.name).join()]).toEqual([
      field.name,
      expect.stringMatching(/^(input)?$/),
    ])
    expect(`${field.type}`).toBe(`${getNamedType(field.type)}!`)
  }
})
