// Runs PostgreSQL's programs in the data folder, as its owner, who may be unable to walk there by name.
import type { Installation } from './installation.js'
import type { Account } from './run-as.js'

/** How PostgreSQL is told of its folder: by its own working folder where it could not walk there by name. */
export const pathForServer = (folder: string, account: Account | null): string =>
  account === null ? folder : '/proc/self/cwd'

/** Options for `spawn`: it enters the folder first and becomes the account after, which could not enter it by name. */
export const spawnIn = (folder: string, installation: Installation, account: Account | null) => ({
  cwd: folder,
  env: installation.env,
  ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
})
