// Makes a folder and those above it. Node's own recursive mkdir never ends where the system answers ENOENT for a
// folder whose parent is there, as below /proc.
import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { faultCode } from './fault-code.js'

const tryToMake = (folder: string, mode: number): Promise<unknown> =>
  mkdir(folder, { mode }).then(
    () => null,
    (fault: unknown) => fault,
  )

/** Makes a folder, with this mode where it is new. Throws what the file system says. */
export const makeFolder = async (folder: string, mode: number): Promise<void> => {
  let fault = await tryToMake(folder, mode)
  if (faultCode(fault) === 'ENOENT' && dirname(folder) !== folder) {
    await makeFolder(dirname(folder), mode)
    fault = await tryToMake(folder, mode)
  }
  if (fault === null || (faultCode(fault) === 'EEXIST' && (await stat(folder)).isDirectory())) return
  throw fault
}
