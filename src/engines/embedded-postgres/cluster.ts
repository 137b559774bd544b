// The data of the embedded database: DATA_DIR/postgres holds `data` (PostgreSQL's) and `password`. Both appear
// at once, by one rename, so that a kill at any moment leaves either all of it or nothing.
import { chmod, chown, lchown, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '../../lib/start-error.js'
import { faultCode } from '../fault-code.js'
import { makeCluster } from './initdb.js'
import type { Installation } from './installation.js'
import type { Account } from './run-as.js'

/** A cluster that is whole, of the right version, and owned by the account that runs it. */
export interface Cluster {
  /** The data folder. */
  folder: string
  password: string
  /** Its processes' name: that of the folder's inode, so that a copy of DATA_DIR is another cluster. */
  name: string
}

/** Where a cluster of this DATA_DIR keeps its data, made or not. */
export const dataFolderOf = (dataDir: string): string => join(dataDir, 'postgres', 'data')

/** A backup that root put back belongs to root: all of it goes to the account that is to run it. */
async function giveFolderTo(account: Account, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    await lchown(join(entry.parentPath, entry.name), account.uid, account.gid)
  }
  await chown(folder, account.uid, account.gid)
}

async function checkOwner(dataDir: string, account: Account | null): Promise<void> {
  const folder = dataFolderOf(dataDir)
  const { uid } = await stat(folder)
  const wanted = account?.uid ?? process.getuid?.() ?? uid
  if (uid !== wanted && account === null) {
    throw new StartError(
      `The database in ${folder} belongs to another account (uid ${uid}, this is ${wanted}): start Signet as ` +
        'that account or as root, or give it the folder with chown.',
    )
  }
  if (uid !== wanted && account !== null) await giveFolderTo(account, join(dataDir, 'postgres'))
  await chmod(folder, 0o700)
}

/** The password of the cluster in DATA_DIR; a StartError when its file is gone. */
export async function readPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres', 'password')
  const password = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (password === '') {
    throw new StartError(`The embedded database's password, ${path}, is missing; put it back from a backup.`)
  }
  return password
}

async function readVersion(dataDir: string): Promise<string | null> {
  const folder = dataFolderOf(dataDir)
  try {
    return (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim()
  } catch (fault) {
    if (faultCode(fault) !== 'ENOENT') throw fault
  }
  const left = await readdir(join(dataDir, 'postgres')).catch(() => [])
  if (left.length === 0) return null
  throw new StartError(
    `${join(dataDir, 'postgres')} holds no whole database (its PG_VERSION is missing): put it back from a ` +
      'backup, or move it away to begin with an empty one.',
  )
}

/** Opens the cluster in DATA_DIR, made first if there is none; a StartError tells what keeps it from being used. */
export async function openCluster(
  {
    installation,
    account,
    majorVersion,
  }: { installation: Installation; account: Account | null; majorVersion: string },
  dataDir: string,
  durable: boolean,
): Promise<Cluster> {
  const version = await readVersion(dataDir)
  if (version === null) await makeCluster(installation, account, dataDir, durable)
  else if (version !== majorVersion) {
    throw new StartError(
      `The database in ${dataFolderOf(dataDir)} is of PostgreSQL ${version}, this Signet brings ${majorVersion}: ` +
        `save it with PostgreSQL ${version} and pg_dump, then restore it into a new DATA_DIR; or give this ` +
        'Signet another DATA_DIR.',
    )
  }
  await checkOwner(dataDir, account)
  const folder = dataFolderOf(dataDir)
  const { dev, ino } = await stat(folder, { bigint: true })
  return {
    folder,
    password: await readPassword(dataDir),
    name: `signet-${dev.toString(36)}-${ino.toString(36)}`,
  }
}
