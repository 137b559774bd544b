// Makes PostgreSQL's files runnable. They lack the links that an install script would have made (scripts are
// denied), and an unprivileged account may not be able to enter the folder that npm put them in.
import { constants } from 'node:fs'
import {
  access,
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import type { Binaries } from './binaries.js'
import { flush } from './flush.js'
import type { Account } from './run-as.js'

/** PostgreSQL ready to run: the folder of its programs, the environment they need, and what to undo at the end. */
export interface Installation {
  bin: string
  env: Record<string, string>
  discard(): Promise<void>
}

/** Nothing of our own environment goes to the database: it may hold secrets. */
const plainEnv = { LC_ALL: 'C', TZ: 'UTC' }
/** Where root keeps its copy: no other account can have put anything there. */
const rootPlace = '/var/cache/signet'
const completeMark = '.complete'

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const isComplete = async ({ folder, links }: Binaries): Promise<boolean> => {
  for (const link of links) if (!(await exists(join(folder, link.name)))) return false
  return true
}

/** Copies what is needed to run (not to build against), open for all to read and, after a power cut, whole. */
async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await chmod(to, 0o755)
  const entries = await readdir(from, { withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && !entry.name.endsWith('.a'))
  await Promise.all(
    files.map(async ({ name }) => {
      const copy = join(to, name)
      await copyFile(join(from, name), copy, constants.COPYFILE_FICLONE)
      await chmod(copy, basename(from) === 'bin' ? 0o755 : 0o644)
      await flush(copy)
    }),
  )
  for (const { name } of entries.filter(
    entry => entry.isDirectory() && !/^(pgxs|pkgconfig)$/.test(entry.name),
  )) {
    await copyFolder(join(from, name), join(to, name))
  }
}

/** Makes `target` a complete copy; several processes may do so at once, and a kill leaves no half of one. */
async function installCopy(binaries: Binaries, target: string): Promise<void> {
  if (await exists(join(target, completeMark))) return
  const draft = await mkdtemp(`${target}.new-`)
  try {
    await copyFolder(binaries.folder, draft)
    for (const { name, to } of binaries.links) {
      await rm(join(draft, name), { force: true })
      await symlink(posix.relative(posix.dirname(name), to), join(draft, name))
    }
    await (await open(join(draft, completeMark), 'wx', 0o644)).close()
    await flush(join(draft, completeMark))
    await rename(draft, target).catch(async fault => {
      if (await exists(join(target, completeMark))) return
      throw fault
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Whether anybody can enter a folder and only root can change what lies on the way to it. */
async function isRootsAlone(folder: string): Promise<boolean> {
  const found = await lstat(folder)
  const safe = found.isDirectory() && found.uid === 0 && (found.mode & 0o023) === 0o001
  return safe && (folder === '/' || (await isRootsAlone(dirname(folder))))
}

/** The folder of root's copy, or null where this machine gives no such place (a read-only /var, say). */
async function findRootPlace(): Promise<string | null> {
  try {
    // The mode apart from the making: a umask may have taken from it.
    if ((await mkdir(rootPlace, { recursive: true })) !== undefined) await chmod(rootPlace, 0o755)
    return (await isRootsAlone(rootPlace)) ? rootPlace : null
  } catch {
    return null
  }
}

async function installForAccount(binaries: Binaries): Promise<Installation> {
  const place = await findRootPlace()
  if (place !== null) {
    const folder = join(place, `postgres-${binaries.version}`)
    await installCopy(binaries, folder)
    return { bin: join(folder, 'bin'), env: plainEnv, discard: async () => undefined }
  }
  // A name nobody could guess and make first; it lives as long as this process.
  const shelter = await mkdtemp(join(tmpdir(), 'signet-postgres-'))
  await chmod(shelter, 0o755)
  await installCopy(binaries, join(shelter, 'postgres'))
  return {
    bin: join(shelter, 'postgres', 'bin'),
    env: plainEnv,
    discard: () => rm(shelter, { recursive: true, force: true }),
  }
}

/** The missing links in a folder of their own, which the dynamic linker is told to look in. */
async function linkLibraries({ folder, links }: Binaries, dataDir: string): Promise<Record<string, string>> {
  const place = join(dataDir, 'postgres-links')
  await rm(place, { recursive: true, force: true })
  await mkdir(place, { mode: 0o700 })
  for (const { name, to } of links) await symlink(join(folder, to), join(place, basename(name)))
  return { ...plainEnv, LD_LIBRARY_PATH: `${place}:${join(folder, 'lib')}` }
}

/**
 * Makes PostgreSQL runnable by an account (null: our own). Ours runs it where npm put it, given the missing
 * links; another gets a copy (45 MB, once a version) in a place that it can enter and cannot change.
 */
export async function install(
  binaries: Binaries,
  dataDir: string,
  account: Account | null,
): Promise<Installation> {
  if (account !== null) return installForAccount(binaries)
  const bin = join(binaries.folder, 'bin')
  const discard = async () => undefined
  if (await isComplete(binaries)) return { bin, env: plainEnv, discard }
  // LD_LIBRARY_PATH knows no escape for its separators; macOS drops its own such variable at the first shell.
  if (process.platform === 'linux' && !/[:;$]/.test(dataDir + binaries.folder)) {
    return { bin, env: await linkLibraries(binaries, dataDir), discard }
  }
  const folder = join(dataDir, `postgres-${binaries.version}`)
  await installCopy(binaries, folder)
  return { bin: join(folder, 'bin'), env: plainEnv, discard }
}
