// Plans: what graphql-js finds out anew at each execution, found out once, for queries that select plain fields and nothing
// else. Whatever is not as expected is graphql-js's to execute, from the beginning: so plans are for queries alone, whose
// fields change nothing. What the root's fields give may be late, as what is read from a store is, and may fail: executed
// anew, a store that is down would be read twice. The rest has to be there at once.
import type {
  DocumentNode,
  ExecutionResult,
  FieldNode,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
} from 'graphql'
import {
  defaultFieldResolver,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
} from 'graphql'
import { atOnce, ignore, isLate, refuse } from './at-once.js'
import type { Context } from './context.js'
import type { Complete, Data, Late, PlannedField } from './late-fields.js'
import { fillIn } from './late-fields.js'

/** Executes a query. Throws or rejects where graphql-js has to execute it. */
export type Plan = (context: Context) => ExecutionResult | Promise<ExecutionResult>

const createPlanner = (schema: GraphQLSchema, operation: OperationDefinitionNode) => {
  /** What a resolver may know of where it is. Where exactly is not known here. */
  const infoFor = (
    parentType: GraphQLObjectType,
    node: FieldNode,
    returnType: GraphQLOutputType,
  ): GraphQLResolveInfo => ({
    fieldName: node.name.value,
    fieldNodes: [node],
    returnType,
    parentType,
    get path() {
      return refuse()
    },
    schema,
    fragments: {},
    rootValue: undefined,
    operation,
    variableValues: {},
  })

  const planField = (parent: GraphQLObjectType, node: SelectionNode): PlannedField => {
    if (node.kind !== Kind.FIELD || node.arguments?.length || node.directives?.length) return refuse()
    const name = node.name.value
    const key = node.alias?.value ?? name
    if (name === '__typename' && key === name)
      return { key, node, isRequired: true, resolve: () => parent.name, complete: value => value }
    const field = parent.getFields()[name]
    // `__proto__` would be no key like others.
    if (!field || field.args.length > 0 || key.startsWith('__')) return refuse()
    const { resolve = defaultFieldResolver, type } = field
    const info = infoFor(parent, node, type)
    return {
      key,
      node,
      isRequired: isNonNullType(type),
      resolve: (source, context) => resolve(source, {}, context, info),
      complete: planType(type, node),
    }
  }

  const planFields = (
    parent: GraphQLObjectType,
    selections: readonly SelectionNode[] = [],
  ): readonly PlannedField[] => {
    const fields = selections.map(node => planField(parent, node))
    if (parent.isTypeOf || new Set(fields.map(({ key }) => key)).size < fields.length) return refuse()
    return fields
  }

  const planObject = (parent: GraphQLObjectType, node: FieldNode): Complete => {
    const fields = planFields(parent, node.selectionSet?.selections)
    return (source, context) => {
      const data: Data = {}
      for (const { key, resolve, complete } of fields)
        data[key] = complete(atOnce(resolve(source, context)), context)
      return data
    }
  }

  const planRoot = (root: GraphQLObjectType): Plan => {
    const fields = planFields(root, operation.selectionSet.selections)

    const begin = (context: Context, data: Data, late: Late[]): void => {
      for (const field of fields) {
        const value = field.resolve(undefined, context)
        // What merely has a `then`, as Prisma's promises, is graphql-js's.
        const isPromise = value instanceof Promise
        if (isPromise) late.push({ field, value })
        // Keys stand in the order in which they were asked for.
        data[field.key] = isPromise ? null : field.complete(atOnce(value), context)
      }
    }

    return context => {
      const data: Data = {}
      const late: Late[] = []
      try {
        begin(context, data, late)
      } catch (fault) {
        // Begun for nothing; unheard, a rejection would end the process.
        fillIn(data, late, context).catch(ignore)
        throw fault
      }
      return late.length === 0 ? { data } : fillIn(data, late, context)
    }
  }

  const planValue = (type: GraphQLOutputType, node: FieldNode): Complete => {
    if (isLeafType(type)) return value => type.serialize(value) ?? refuse()
    if (isObjectType(type)) return planObject(type, node)
    if (!isListType(type)) return refuse()
    const item = planType(type.ofType, node)
    return (values, context) => {
      // Every promise of it is heard before one is refused.
      if (!Array.isArray(values) || values.filter(isLate).length > 0) return refuse()
      return values.map(value => item(atOnce(value), context))
    }
  }

  const planType = (type: GraphQLOutputType, node: FieldNode): Complete => {
    const isRequired = isNonNullType(type)
    const complete = planValue(isRequired ? type.ofType : type, node)
    return (value, context) => {
      if (value !== null && value !== undefined) return complete(value, context)
      return isRequired ? refuse() : null
    }
  }

  return planRoot
}

/** Makes the plan of a document's only operation; null where it is not plain. */
export const planQuery = (schema: GraphQLSchema, { definitions }: DocumentNode): Plan | null => {
  const [operation, ...more] = definitions
  const root = schema.getQueryType()
  if (!root || more.length > 0 || operation?.kind !== Kind.OPERATION_DEFINITION) return null
  if (operation.operation !== OperationTypeNode.QUERY) return null
  if (operation.variableDefinitions?.length || operation.directives?.length) return null
  try {
    return createPlanner(schema, operation)(root)
  } catch {
    return null
  }
}
