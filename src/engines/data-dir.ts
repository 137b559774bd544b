// DATA_DIR: made private to its owner, and claimed by one process at a time. The claim is a listening unix
// socket, which the kernel frees however the process dies: no stale lock, no reused pid, and it holds between
// containers that share the folder.
import { randomBytes, randomInt } from 'node:crypto'
import { chmod, chown, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import type { Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { sleep } from '../lib/clock.js'
import { sha256 } from '../lib/secrets.js'
import { StartError } from '../lib/start-error.js'
import { faultCode, faultPath } from './fault-code.js'
import { makeFolder } from './make-folder.js'
import { openShortPath } from './short-path.js'

/** Held for as long as the process uses DATA_DIR. */
export interface DataDirClaim {
  release(): Promise<void>
}

/** Thrown when another process holds DATA_DIR; `holder` is that process in words. */
export class DataDirInUse extends StartError {
  readonly holder: string

  constructor(dataDir: string, holder: string) {
    super(`DATA_DIR ${dataDir} is in use by ${holder}; stop it, or give this one a DATA_DIR of its own.`)
    this.holder = holder
  }
}

const claimsFolder = 'claims'
/** A claim that goes away within so many tries (about half a second) was another starter's, not a holder's. */
const maxTries = 8

/** Turns what the file system said about DATA_DIR into a line for the operator; other faults pass unchanged. */
export function asDataDirFault(dataDir: string, fault: unknown): unknown {
  const code = faultCode(fault)
  const path = faultPath(fault)
  if (path !== '' && !path.startsWith(dataDir) && !dataDir.startsWith(path)) return fault
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return new StartError(`DATA_DIR ${dataDir} is not a folder; name a folder, or one yet to be made.`)
    case 'ENOSPC':
    case 'EDQUOT':
      return new StartError(`DATA_DIR ${dataDir} has no space left; make room, or name another folder.`)
    case 'EACCES':
    case 'EPERM':
      return new StartError(
        `DATA_DIR ${dataDir} cannot be used by this account (${code}); make it its own, or name another folder.`,
      )
    case 'EROFS':
      return new StartError(`DATA_DIR ${dataDir} is on a read-only file system; name another folder.`)
    case 'ENOENT':
      return new StartError(`DATA_DIR ${dataDir} cannot be made there; name another folder.`)
    case 'EOPNOTSUPP':
    case 'ENOTSUP':
      return new StartError(
        `DATA_DIR ${dataDir} is on a file system without unix sockets; name another folder.`,
      )
    default:
      return fault
  }
}

/** Makes DATA_DIR, mode 0700; one that exists and holds other people's files keeps the mode they gave it. */
async function makePrivate(dataDir: string): Promise<void> {
  await makeFolder(dataDir, 0o700)
  const entries = await readdir(dataDir)
  if (entries.length > 0) return
  // A volume may belong to root and be open to us (Kubernetes): what is secret in it has its own mode then.
  await chmod(dataDir, 0o700).catch(() => undefined)
}

const listen = (path: string): Promise<Server> =>
  new Promise((settle, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen({ path, readableAll: true, writableAll: true }, () => settle(server.unref()))
  })

const close = (server: Server): Promise<void> => new Promise(settle => server.close(() => settle()))

/** Whether a process listens there; what cannot be told (a full queue, no permission) counts as alive. */
const isAlive = (path: string): Promise<boolean> =>
  new Promise(settle => {
    const socket = connect(path)
    const tell = (alive: boolean) => {
      socket.destroy()
      settle(alive)
    }
    socket.once('connect', () => tell(true))
    socket.once('error', (fault: NodeJS.ErrnoException) =>
      tell(fault.code !== 'ECONNREFUSED' && fault.code !== 'ENOENT'),
    )
  })

/**
 * Shows a claim of one's own first and looks for others after: of two starters at least the later one sees the
 * other, so both can never win. It gets its name only once it listens, so nobody takes it for a dead one.
 */
async function tryToClaim(folder: string): Promise<DataDirClaim | { heldBy: string }> {
  const name = `${process.pid}-${randomBytes(6).toString('hex')}.sock`
  const server = await listen(join(folder, `.${name}`))
  const release = async () => {
    await rm(join(folder, name), { force: true })
    await close(server)
  }
  try {
    await rename(join(folder, `.${name}`), join(folder, name))
    const holder = await findHolder(folder, name)
    if (holder === null) return { release }
    await release()
    return { heldBy: holder }
  } catch (fault) {
    await release()
    throw fault
  }
}

/** The pid in the name of a living claim beside our own, or null; dead claims are swept on the way. */
async function findHolder(folder: string, ownName: string): Promise<string | null> {
  for (const name of await readdir(folder)) {
    if (name === ownName) continue
    if (!(await isAlive(join(folder, name)))) await rm(join(folder, name), { recursive: true, force: true })
    else if (!name.startsWith('.')) return name.split('-')[0] ?? ''
  }
  return null
}

async function claimBySockets(dataDir: string): Promise<DataDirClaim> {
  const folder = join(dataDir, claimsFolder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const owner = await stat(dataDir)
  if (process.getuid?.() === 0) await chown(folder, owner.uid, owner.gid)
  const short = await openShortPath(folder, `.${process.pid}-0123456789ab.sock`)
  for (let tries = 1; ; tries++) {
    // A starter that was not yet listening can lose its file to one that clears up: it tries again.
    const outcome = await tryToClaim(short.path).catch((fault: NodeJS.ErrnoException) => {
      if (fault.code === 'ENOENT' && tries < maxTries) return { heldBy: '' }
      throw fault
    })
    if ('release' in outcome) {
      return { release: () => outcome.release().finally(short.close) }
    }
    if (tries >= maxTries) {
      await short.close()
      throw new DataDirInUse(dataDir, `process ${outcome.heldBy}`)
    }
    await sleep(randomInt(20, 100))
  }
}

async function claimByNamedPipe(dataDir: string): Promise<DataDirClaim> {
  const name = sha256(dataDir.toLowerCase()).toString('hex').slice(0, 32)
  const server = await listen(`\\\\.\\pipe\\signet-${name}`).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'EADDRINUSE' && fault.code !== 'EACCES') throw fault
    throw new DataDirInUse(dataDir, 'another process')
  })
  return { release: () => close(server) }
}

/**
 * Makes DATA_DIR (mode 0700, so that secrets in it are only its owner's) and claims it for this process.
 * Throws DataDirInUse, which names the process that holds it, or a StartError that says why the folder cannot be used.
 */
export async function claimDataDir(dataDir: string): Promise<DataDirClaim> {
  const folder = resolve(dataDir)
  try {
    await makePrivate(folder)
    return process.platform === 'win32' ? await claimByNamedPipe(folder) : await claimBySockets(folder)
  } catch (fault) {
    throw asDataDirFault(folder, fault)
  }
}
