// What PostgreSQL itself says, in DATA_DIR/postgres.log: kept small, private, and read back when a start fails.
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, rename, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '../../lib/start-error.js'

/** A log that outgrew this is put aside as postgres.log.1 at the next start, in place of the last such. */
const maxLogBytes = 10 * 1024 * 1024
/** Less room than this is a full disk: to start, one segment of its log of changes; to be made, all of it. */
const minFreeBytes = { started: 16 * 1024 * 1024, made: 64 * 1024 * 1024 }

/** PostgreSQL's log, open for its processes to write; `offset` is where this start begins. */
export interface ServerLog {
  path: string
  handle: FileHandle
  offset: number
}

/** Opens DATA_DIR/postgres.log to append to, mode 0600, not through a link (it may be root who writes). */
export async function openServerLog(dataDir: string): Promise<ServerLog> {
  const path = join(dataDir, 'postgres.log')
  const before = await stat(path).catch(() => null)
  if (before !== null && before.size > maxLogBytes) await rename(path, `${path}.1`)
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600)
  await handle.chmod(0o600)
  if (process.getuid?.() === 0) {
    const owner = await stat(dataDir)
    await handle.chown(owner.uid, owner.gid)
  }
  return { path, handle, offset: (await handle.stat()).size }
}

/** The last line that says what went wrong, without the time and the level before it. */
export function findTellingLine(output: string): string {
  const lines = output.split('\n').filter(line => line.trim() !== '')
  const telling = lines.findLast(line => /\b(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1) ?? ''
  return telling.replace(/^.*?\b(FATAL|PANIC|error):\s*/, '').trim()
}

const findFreeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** The fault to show for a database that did not come up: a full disk first, else what PostgreSQL said last. */
export async function describeFailure(
  { doing, logPath }: { doing: 'started' | 'made'; logPath?: string },
  dataDir: string,
  output: string,
): Promise<StartError> {
  if (/No space left|quota exceeded/i.test(output) || (await findFreeBytes(dataDir)) < minFreeBytes[doing]) {
    return new StartError(`DATA_DIR ${dataDir} has no space left; make room, or name another folder.`)
  }
  const said = findTellingLine(output) || 'it said nothing'
  const hint = /effective user ID/.test(said)
    ? '; give that account a line in /etc/passwd, or set DATABASE_URL'
    : ''
  const where = logPath === undefined ? '' : ` (see ${logPath})`
  return new StartError(`The embedded database could not be ${doing}: ${said}${hint}${where}.`)
}

/** What PostgreSQL wrote since this start began, at most the last 64 KiB. */
export async function readSince(log: ServerLog): Promise<string> {
  const reader = await open(log.path, 'r')
  try {
    const { size } = await reader.stat()
    const from = Math.max(log.offset, size - 65_536)
    const { buffer, bytesRead } = await reader.read(Buffer.alloc(Math.max(0, size - from)), 0, null, from)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await reader.close()
  }
}
