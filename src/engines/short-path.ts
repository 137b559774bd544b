// A unix socket's path may not exceed 107 bytes (103 on macOS), yet DATA_DIR may be as deep as the operator
// likes: such a folder is reached through a short path that means the same folder.
import { closeSync, constants, openSync } from 'node:fs'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The most bytes every system takes for a socket's path. */
const maxSocketPathBytes = 103

/** A way to a folder that is short enough for sockets, until it is closed. */
export interface ShortPath {
  path: string
  close(): Promise<void>
}

/**
 * Opens a way to `folder` short enough for a socket called `socketName` in it: the folder itself if it fits;
 * on Linux a folder this process holds open, seen through /proc, which leaves nothing behind and which no
 * cleaner of /tmp can take away; elsewhere a link in a private temporary folder.
 */
export async function openShortPath(folder: string, socketName: string): Promise<ShortPath> {
  if (Buffer.byteLength(join(folder, socketName)) <= maxSocketPathBytes) {
    return { path: folder, close: async () => undefined }
  }
  if (process.platform === 'linux') {
    const descriptor = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY)
    return {
      path: `/proc/${process.pid}/fd/${descriptor}`,
      close: async () => closeSync(descriptor),
    }
  }
  const shelter = await mkdtemp(join(tmpdir(), 'signet-'))
  await symlink(folder, join(shelter, 'd'))
  return { path: join(shelter, 'd'), close: () => rm(shelter, { recursive: true, force: true }) }
}
