// An administrator. The first one of a database is made by its operator, so here too.
import type { TokensFragment } from '../generated/graphql.js'
import type { World } from './world.js'

/** Signs up a user who has the role `admin` in token and store. */
export const signUpAdmin = async (
  world: Pick<World, 'signUp' | 'refresh' | 'pool'>,
): Promise<TokensFragment> => {
  const user = await world.signUp()
  await world.pool.query("UPDATE users SET roles = '{admin}' WHERE id = $1", [user.user.id])
  return (await world.refresh(user.refreshToken)).data.refresh
}
