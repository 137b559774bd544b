// Administrators for tests: no mutation makes the first one, so a row does.
import type { World } from './world.js'

/** Signs up a user with the role `admin`, whose access token names it. */
export const signUpAdmin = async (world: Pick<World, 'signUp' | 'refresh' | 'pool'>) => {
  const account = await world.signUp()
  await world.pool.query(`UPDATE users SET roles = '{admin}' WHERE id = $1`, [account.user.id])
  return { ...account, ...(await world.refresh(account.refreshToken)).data.refresh }
}

/** A signed-in administrator. */
export type Admin = Awaited<ReturnType<typeof signUpAdmin>>
