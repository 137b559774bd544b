// What a plan (plan.ts) may meet: values that are there at once. Whatever else it meets ends it.

// Ends planning and plans alike. There is one of it: where it comes from is of no use to anybody.
const notPlain = new Error('not plain')

/** Leaves a query to graphql-js. */
export const refuse = (): never => {
  throw notPlain
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

/** Hears a promise, and does nothing. */
export const ignore = (): void => undefined

/** Whether a value has yet to come where it may not be late. What becomes of the promise is nobody's concern then. */
export const isLate = (value: unknown): boolean => {
  if (!isThenable(value)) return false
  value.then(ignore, ignore)
  return true
}

/** What is there at once. */
export const atOnce = (value: unknown): unknown =>
  value instanceof Error || isLate(value) ? refuse() : value
