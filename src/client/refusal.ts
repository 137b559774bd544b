// Which answers are a refusal before execution, and when sending again after a refresh is worth it.
import type { ApolloLink } from '@apollo/client/link'
import type { SignetErrorDetails } from './errors.js'
import { detailsIn, isSignetError } from './errors.js'
import { isObject } from './json.js'

/** A refusal that changed nothing at the server. */
export interface Refusal {
  /** The reason that Signet gave; another server's 401 may have none. */
  readonly reason: string | undefined
}

const isUnauthenticated = (one: SignetErrorDetails): one is SignetErrorDetails<'UNAUTHENTICATED'> =>
  one.code === 'UNAUTHENTICATED'

/** The refusal in an answer, if it is one. With a data entry a mutation may have been carried out. */
export const refusalIn = (answer: ApolloLink.Result, operation: ApolloLink.Operation): Refusal | null => {
  const isBefore = answer.data === undefined || operation.operationType !== 'mutation'
  return (isBefore && detailsIn(answer).find(isUnauthenticated)) || null
}

/** A 401 among a link's errors: nothing was executed. Of any other error that is not known. */
export const refusalOf = (error: unknown): Refusal | null => {
  if (!isObject(error) || error.statusCode !== 401) return null
  return { reason: isSignetError(error, 'UNAUTHENTICATED') ? error.signet.reason : undefined }
}

/**
 * Decides, for each refused token, whether to refresh and send once more. A fresh token that was refused for another
 * reason than its age or a revocation will be refused again: then operations fail at once, and no refresh follows another.
 */
export const createResending = () => {
  let hopeless: string | null = null
  return (refusal: Refusal | null, accessToken: string | null, isSecond: boolean): boolean => {
    if (!refusal || accessToken === null) return false
    const isCurable = refusal.reason !== undefined && !['INVALID', 'MISSING'].includes(refusal.reason)
    if (isSecond && !isCurable) hopeless = accessToken
    return !isSecond && (isCurable || hopeless !== accessToken)
  }
}
