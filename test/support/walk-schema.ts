// Walks a schema: what the directives of each field say, and a minimal operation that selects it.
import { randomUUID } from 'node:crypto'
import type { DirectiveNode, GraphQLField, GraphQLInputType, GraphQLObjectType, GraphQLSchema } from 'graphql'
import {
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  OperationTypeNode,
} from 'graphql'

/** What the directives of a field, or of all fields on a way to it, ask of a caller; in the order of strictness. */
export interface Rule {
  readonly token: 'not looked at' | 'good if any' | 'needed'
  readonly roles: readonly string[]
}

/** One operation that selects a field with a rule. */
export interface Walk {
  /** Such as `Query.me > User.sessions`. */
  readonly name: string
  readonly operation: OperationTypeNode
  readonly rule: Rule
  readonly document: string
}

type Field = GraphQLField<unknown, unknown>
interface Step {
  readonly parent: GraphQLObjectType
  readonly field: Field
}

const strictness = ['not looked at', 'good if any', 'needed'] as const

/** What a field's directives say, as whoever reads the printed schema understands them. */
export const readRule = (schema: GraphQLSchema, { astNode }: Field): Rule => {
  const node = { directives: astNode?.directives ?? ([] as readonly DirectiveNode[]) }
  const valuesOf = (name: string) => {
    const directive = schema.getDirective(name)
    return directive ? getDirectiveValues(directive, node) : undefined
  }
  const authenticated = valuesOf('authenticated')
  const role: unknown = valuesOf('hasRole')?.role
  if (typeof role === 'string') return { token: 'needed', roles: [role] }
  if (!authenticated) return { token: 'not looked at', roles: [] }
  return { token: authenticated.optional === true ? 'good if any' : 'needed', roles: [] }
}

const strictest = (rules: readonly Rule[]): Rule => ({
  token: strictness[Math.max(...rules.map(({ token }) => strictness.indexOf(token)))] ?? 'needed',
  roles: [...new Set(rules.flatMap(({ roles }) => roles))],
})

/** A value of a type, as a literal; ids are those of nothing. */
const dummy = (type: GraphQLInputType): string => {
  if (isNonNullType(type)) return dummy(type.ofType)
  if (isListType(type)) return `[${dummy(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const needed = Object.values(type.getFields()).filter(isRequiredInputField)
    return `{ ${needed.map(field => `${field.name}: ${dummy(field.type)}`).join(', ')} }`
  }
  switch (type.name) {
    case 'ID':
      return `"${randomUUID()}"`
    case 'Int':
      return '1'
    case 'Boolean':
      return 'true'
    case 'String':
      return '"x"'
    default:
      throw new Error(`walk-schema.ts knows no dummy for the scalar ${type.name}: give it one`)
  }
}

const call = ({ field }: Step): string => {
  const needed = field.args.filter(isRequiredArgument)
  return needed.length === 0
    ? field.name
    : `${field.name}(${needed.map(arg => `${arg.name}: ${dummy(arg.type)}`).join(', ')})`
}

const write = ([step, ...rest]: readonly Step[]): string => {
  if (!step) return '__typename'
  const inner = rest[0] ? `... on ${rest[0].parent.name} { ${write(rest)} }` : '__typename'
  return isLeafType(getNamedType(step.field.type)) ? call(step) : `${call(step)} { ${inner} }`
}

const fieldsOf = (type: GraphQLObjectType): Step[] =>
  Object.values(type.getFields()).map(field => ({ parent: type, field }))

/** The object types that a field can give. */
const typesOf = (schema: GraphQLSchema, { field }: Step): readonly GraphQLObjectType[] => {
  const type = getNamedType(field.type)
  if (isObjectType(type)) return [type]
  return isAbstractType(type) ? schema.getPossibleTypes(type) : []
}

/** The shortest ways from a root field to every field with a directive that lies behind it, and to itself. */
const waysFrom = (schema: GraphQLSchema, root: Step): (readonly Step[])[] => {
  const found: (readonly Step[])[] = [[root]]
  const seen = new Set<GraphQLObjectType>()
  let ways: (readonly Step[])[] = [[root]]
  while (ways.length > 0) {
    const next = ways.flatMap(way => {
      const last = way.at(-1) ?? root
      const fresh = typesOf(schema, last).filter(type => !seen.has(type))
      for (const type of fresh) seen.add(type)
      return fresh.flatMap(fieldsOf).map(step => [...way, step])
    })
    found.push(...next.filter(way => (way.at(-1)?.field.astNode?.directives?.length ?? 0) > 0))
    ways = next
  }
  return found
}

/** Every root field, and every field with a directive by each root field that leads to it. */
export const walkSchema = (schema: GraphQLSchema): Walk[] =>
  Object.values(OperationTypeNode).flatMap(operation => {
    const rootType = schema.getRootType(operation)
    return (rootType ? fieldsOf(rootType) : []).flatMap(root =>
      waysFrom(schema, root).map(way => ({
        name: way.map(({ parent, field }) => `${parent.name}.${field.name}`).join(' > '),
        operation,
        rule: strictest(way.map(({ field }) => readRule(schema, field))),
        document: `${operation} { ${write(way)} }`,
      })),
    )
  })
