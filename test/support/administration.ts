// What administrators do, in short, and what those concerned see of it.
import { expect } from '@jest/globals'
import type { TokensFragment } from '../generated/graphql.js'
import {
  DeleteUserDocument,
  DisableUserDocument,
  EnableUserDocument,
  LoginDocument,
  RevokeAccessTokenDocument,
  RevokeUserSessionsDocument,
  SetUserRolesDocument,
  ViewerDocument,
} from '../generated/graphql.js'
import { claimsOf } from './forge.js'
import type { World } from './world.js'

/** The mutations of administrators, under the access token that `token` gives. */
export const createAdministration = (world: World, token: () => string) => {
  const asAdmin = () => ({ token: token() })
  return {
    disable: (userId: string) => world.run(DisableUserDocument, { input: { userId } }, asAdmin()),
    enable: (userId: string) => world.run(EnableUserDocument, { input: { userId } }, asAdmin()),
    signOut: (userId: string) => world.run(RevokeUserSessionsDocument, { input: { userId } }, asAdmin()),
    remove: (userId: string) => world.run(DeleteUserDocument, { input: { userId } }, asAdmin()),
    setRoles: (userId: string, roles: string[]) =>
      world.run(SetUserRolesDocument, { input: { userId, roles } }, asAdmin()),
    revokeToken: (tokenId: string) => world.run(RevokeAccessTokenDocument, { input: { tokenId } }, asAdmin()),
  }
}

/** The id of an access token. */
export const tokenIdOf = (token: string): string => String(claimsOf(token).jti)

/** What a user sees of their tokens and account. */
export const createWitness = (world: World) => {
  const ask = (token: string) => world.run(ViewerDocument, {}, { token })
  return {
    ask,
    tryLogin: ({ email, password }: { email: string; password: string }) =>
      world.run(LoginDocument, { input: { email, password, delivery: 'BODY' } }),
    expectAccepted: async (token: string): Promise<void> => {
      expect((await ask(token)).data.viewer?.tokenId).toBe(tokenIdOf(token))
    },
    /** The extensions of a refusal, which came with a 401 and without data. */
    refusalOf: async (token: string) => {
      const answer = await ask(token)
      expect([answer.status, 'data' in answer.body]).toEqual([401, false])
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      return answer.error.extensions
    },
    /** The extensions of a refresh that fails. */
    endOf: async ({ refreshToken }: Pick<TokensFragment, 'refreshToken'>) =>
      (await world.refresh(refreshToken)).error.extensions,
    countRevocations: async (): Promise<number> =>
      Number((await world.pool.query('SELECT count(*) FROM revocations')).rows[0].count),
  }
}

/** What an access token's refusal says whose session was signed out. */
export const signedOut = (reason: string) => ({
  code: 'UNAUTHENTICATED',
  reason: 'REVOKED',
  sessionEndReason: reason,
  sessionEndedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
})

/** What a refresh is told whose session was signed out. */
export const ended = (reason: string) => ({
  code: 'REFRESH_TOKEN_INVALID',
  reason: 'ENDED',
  sessionEndReason: reason,
  sessionEndedAt: expect.any(String),
})
