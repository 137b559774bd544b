// PostgreSQL refuses to run as root. Then it runs as somebody else, who can enter nothing of DATA_DIR but the
// database's own folder: a hole in it is not a hole in Signet's keys.
import { readFile, stat } from 'node:fs/promises'
import { StartError } from '../../lib/start-error.js'

/** The account that the database's processes run as. */
export interface Account {
  uid: number
  gid: number
}

/** Accounts for services, best first: one of Signet's own, the one made for PostgreSQL, the one for nothing. */
const serviceAccounts = ['signet', 'postgres', 'nobody']

const readAccounts = async (): Promise<{ name: string; uid: number; gid: number }[]> => {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap(line => {
    const [name, , uid, gid] = line.split(':')
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

const findOwner = async (path: string): Promise<Account | null> => {
  const found = await stat(path).catch(() => null)
  return found === null || found.uid === 0 ? null : { uid: found.uid, gid: found.gid }
}

/**
 * The account to run the database as: null for our own, which is the case unless we are root. As root: the
 * owner of the data there is; else the owner of DATA_DIR, if it is an account (initdb wants one with a name);
 * else the first service account that this machine knows.
 */
export async function chooseAccount(dataDir: string, dataFolder: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  if (process.platform !== 'linux') {
    throw new StartError('The embedded database does not run as root here; start Signet as another user.')
  }
  const dataOwner = await findOwner(dataFolder)
  if (dataOwner !== null) return dataOwner
  const accounts = await readAccounts()
  const dirOwner = await findOwner(dataDir)
  if (dirOwner !== null && accounts.some(account => account.uid === dirOwner.uid)) return dirOwner
  for (const name of serviceAccounts) {
    const account = accounts.find(candidate => candidate.name === name && candidate.uid !== 0)
    if (account !== undefined) return { uid: account.uid, gid: account.gid }
  }
  throw new StartError(
    'The embedded database must not run as root, and this machine has no account "signet", "postgres" or ' +
      '"nobody" to run it as; start Signet as another user, or set DATABASE_URL.',
  )
}
