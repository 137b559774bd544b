// `signet users …` as an operator runs it, and the roles that a login finds after.
import { ViewerDocument } from '../generated/graphql.js'
import type { SignetProcess } from './process.js'
import { spawnSignet } from './process.js'
import type { createClient } from './world.js'

/** Spawns `signet users …`; the test writes its standard input. */
export const spawnUsers = (env: Record<string, string>, args: readonly string[]): SignetProcess =>
  spawnSignet(env, ['users', ...args], undefined, 'pipe')

/** Runs `signet users …` with this on its standard input, and gives what came of it. */
export const users = async (
  env: Record<string, string>,
  args: readonly string[],
  input: string | Buffer = '',
) => {
  const command = spawnUsers(env, args)
  command.child.stdin?.end(input)
  const code = await command.exited
  return { code, ...command.output() }
}

/** What it says when it has made an account: the id, and where to log in. */
export const userLine =
  /^User ([0-9a-f-]{36}) is made, an administrator\. Log in with the login mutation at (\S+)\.\n$/

/** Logs in, and gives the roles in the access token. */
export const rolesAfterLogin = async (
  client: ReturnType<typeof createClient>,
  account: { email: string; password: string },
) => {
  const { accessToken } = await client.logIn(account)
  return (await client.run(ViewerDocument, {}, { token: accessToken })).data.viewer?.roles
}
