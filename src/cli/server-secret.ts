// The server's secret in development: made once, kept in DATA_DIR (which must be claimed), readable by its owner only.
import { chmod, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newServerSecret } from '../lib/secrets.js'
import { StartError } from '../lib/start-error.js'

const readIfThere = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })

const requireWhole = (file: string, text: string | null): string => {
  const secret = text?.trim() ?? ''
  if (secret.length < 43) {
    throw new StartError(
      `The secret kept in ${file} is damaged. Restore it from a backup; a new one would make the signing keys unreadable.`,
    )
  }
  return secret
}

/** Reads the secret kept in a folder. Throws StartError when there is none, or the file was damaged. */
export const readServerSecret = async (folder: string): Promise<string> => {
  const file = join(folder, 'secret')
  const text = await readIfThere(file)
  if (text === null) {
    throw new StartError(`There is no secret in ${file}: set SIGNET_SECRET, or the DATA_DIR of the server.`)
  }
  return requireWhole(file, text)
}

/** The same, making it at the first call. DATA_DIR must be claimed. */
export const keepServerSecret = async (folder: string): Promise<string> => {
  const file = join(folder, 'secret')
  if ((await readIfThere(file)) === null) {
    // Written whole under another name first: never half a secret. DATA_DIR is claimed, so nobody else is at it.
    const draft = `${file}.new`
    await writeFile(draft, `${newServerSecret()}\n`, { mode: 0o600, flush: true })
    await rename(draft, file)
  }
  if (((await stat(file)).mode & 0o077) !== 0 && process.platform !== 'win32') await chmod(file, 0o600)
  return requireWhole(file, await readIfThere(file))
}
