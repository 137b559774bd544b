// What each error, and each end of a session, means for the person at the screen.
import { CombinedGraphQLErrors } from '@apollo/client'
import type { SignedOutReason } from 'signet/client'
import { isSignetError } from 'signet/client'

export interface Complaint {
  readonly text: string
  /** The field that it is about, if it is about one. */
  readonly field?: 'email' | 'password'
}

const unreachable = 'There is no connection to Signet right now. Nothing is lost.'
const broken = 'Something went wrong on our side. Try again in a moment.'
const disabled = 'This account has been disabled. Ask an administrator.'

const seconds = (count: number): string => (count === 1 ? 'a second' : `${count} seconds`)

const weakPassword = (reason: string, minLength = 8): string => {
  switch (reason) {
    case 'TOO_SHORT':
      return `Use at least ${minLength} characters.`
    case 'TOO_LONG':
      return 'Use at most 256 characters.'
    case 'COMMON':
      return 'This is among the first that attackers try. Choose another.'
    case 'EMAIL':
      return 'This is your e-mail address. Choose something that nobody knows.'
    default:
      return 'This holds a character that no text has. Choose another.'
  }
}

/** Says what went wrong and what to do about it. */
export const explain = (error: unknown): Complaint => {
  if (!isSignetError(error)) return { text: CombinedGraphQLErrors.is(error) ? broken : unreachable }
  const { signet } = error
  switch (signet.code) {
    case 'INVALID_CREDENTIALS':
      return { text: 'This address and this password do not belong together. Check both.' }
    case 'EMAIL_TAKEN':
      return { field: 'email', text: 'There is an account with this address.' }
    case 'EMAIL_INVALID':
      return { field: 'email', text: 'Use an address of the form name@example.com.' }
    case 'WEAK_PASSWORD':
      return { field: 'password', text: weakPassword(signet.reason, signet.minLength) }
    case 'ACCOUNT_DISABLED':
      return { text: disabled }
    case 'RATE_LIMITED':
      return { text: `That was too often. Try again in ${seconds(signet.retryAfterSeconds)}.` }
    case 'UNAVAILABLE':
    case 'UNREACHABLE':
      return { text: unreachable }
    case 'NOT_FOUND':
      return { text: 'This is gone already.' }
    case 'FORBIDDEN':
      return signet.reason === 'ORIGIN'
        ? { text: 'Signet does not know this app: its origin is not in SIGNET_ALLOWED_ORIGINS.' }
        : { text: 'You are not allowed to do this.' }
    case 'UNAUTHENTICATED':
    case 'REFRESH_TOKEN_INVALID':
    case 'REFRESH_TOKEN_REUSED':
      return { text: 'Log in first.' }
    case 'SESSION_CHANGED':
      return { text: 'You were signed out before this was done.' }
    // Not in a browser, where no storage is given.
    case 'STORAGE_FAILED':
    case 'UNEXPECTED':
      return { text: broken }
  }
}

export interface Ending {
  readonly text: string
  /** Whether somebody else brought it about. */
  readonly isAlarming?: boolean
}

const reused: Ending = {
  text: 'Somebody else may have used your session, so it was ended for both. Log in again, and change your password if that was not you.',
  isAlarming: true,
}

/** Says why nobody is signed in any more. */
export const explainEnd = (reason: SignedOutReason): Ending => {
  if (reason.code === 'LOGOUT') return { text: 'You have signed out.' }
  if (reason.code === 'ACCOUNT_DISABLED') return { text: disabled, isAlarming: true }
  if (reason.code === 'REFRESH_TOKEN_REUSED') return reused
  if (reason.reason === 'EXPIRED') return { text: 'You were away for long. Log in again.' }
  if (reason.reason === 'MISSING') return { text: 'You have signed out in this browser.' }
  switch (reason.sessionEndReason) {
    case 'LOGOUT':
      return { text: 'You signed this device out from another one.' }
    case 'PASSWORD_CHANGED':
      return { text: 'Your password was changed on another device. Log in with the new one.' }
    case 'REUSED':
      return reused
    case 'ADMIN':
      return { text: 'An administrator signed you out. You can log in again.', isAlarming: true }
    case 'DISABLED':
      return { text: disabled, isAlarming: true }
    default:
      return { text: 'Your session has ended. Log in again.' }
  }
}
