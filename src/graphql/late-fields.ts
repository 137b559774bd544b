// The root's fields of a plan (plan.ts) that have yet to come: they are waited for, and one that fails is told as graphql-js
// tells it.
import type { ExecutionResult, FieldNode, GraphQLError } from 'graphql'
import { locatedError } from 'graphql'
import { atOnce } from './at-once.js'
import type { Context } from './context.js'

/** What a query selects, by the keys of the answer. */
export type Data = Record<string, unknown>

/** Makes a value what the answer holds. */
export type Complete = (value: unknown, context: Context) => unknown

/** A field of which is known all that does not change from one execution to the next. */
export interface PlannedField {
  readonly key: string
  readonly node: FieldNode
  readonly isRequired: boolean
  readonly resolve: Complete
  readonly complete: Complete
}

/** A field, and what its resolver has yet to give. */
export interface Late {
  readonly field: PlannedField
  readonly value: Promise<unknown>
}

/** Waits for what is late, and fills it in. Rejects where graphql-js has to execute the query. */
export const fillIn = (data: Data, late: readonly Late[], context: Context): Promise<ExecutionResult> => {
  const errors: GraphQLError[] = []
  // Why there is no data: the first failure of a field that may not be null. Others of that kind are not told.
  let lost: GraphQLError | null = null
  const wait = ({ field: { key, node, isRequired, complete }, value }: Late): Promise<void> =>
    value.then(
      given => {
        data[key] = complete(atOnce(given), context)
      },
      (fault: unknown) => {
        const error = locatedError(fault, [node], [key])
        if (!isRequired) {
          errors.push(error)
          return
        }
        lost ??= error
        throw lost
      },
    )
  return Promise.all(late.map(wait)).then(
    () => (errors.length > 0 ? { errors, data } : { data }),
    (fault: unknown) => {
      if (!lost || fault !== lost) throw fault
      return { errors: [...errors, lost], data: null }
    },
  )
}
