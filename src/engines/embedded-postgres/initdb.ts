// Makes the data folder and its password, in a draft that gets its name only when it is whole.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { flush } from './flush.js'
import type { Installation } from './installation.js'
import type { Account } from './run-as.js'
import { describeFailure } from './server-log.js'
import { pathForServer, spawnIn } from './spawn-in.js'

/** The superuser that initdb makes; there is no other way in than its password. */
export const databaseUser = 'signet'

/** A thousand files one by one take three seconds more than the whole file system at once. */
const fastSync = process.platform === 'linux' ? ['--sync-method=syncfs'] : []

const draftPrefix = 'postgres.new-'

const giveTo = async (account: Account | null, path: string) => {
  if (account !== null) await chown(path, account.uid, account.gid)
}

/** Runs initdb; the password goes by a file it inherits open, for it may not be able to walk to one. */
async function runInitdb(
  installation: Installation,
  account: Account | null,
  draft: string,
  durable: boolean,
): Promise<{ worked: boolean; output: string }> {
  const folder = join(draft, 'data')
  const passwordFile = await open(join(draft, 'password'), 'r')
  try {
    const inherits = process.platform !== 'win32'
    const args = [
      ...['-D', pathForServer(folder, account), '-U', databaseUser, '--auth=scram-sha-256'],
      `--pwfile=${inherits ? '/dev/stdin' : join(draft, 'password')}`,
      // The same order of letters on every machine, whatever locales it has.
      ...['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      ...(durable ? fastSync : ['--no-sync']),
    ]
    const child = spawn(join(installation.bin, 'initdb'), args, {
      ...spawnIn(folder, installation, account),
      stdio: [inherits ? passwordFile.fd : 'ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-65_536)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    const code = await new Promise<number | null>((settle, reject) => {
      child.once('error', reject)
      child.once('close', settle)
    })
    return { worked: code === 0, output }
  } finally {
    await passwordFile.close()
  }
}

/** Makes DATA_DIR/postgres: afterwards all of it is there or, after a fault or a kill, none. */
export async function makeCluster(
  installation: Installation,
  account: Account | null,
  dataDir: string,
  durable: boolean,
): Promise<void> {
  for (const entry of await readdir(dataDir)) {
    // What a killed start left; an initdb that still runs writes there and nowhere else.
    if (entry.startsWith(draftPrefix))
      await rm(join(dataDir, entry), { recursive: true }).catch(() => undefined)
  }
  const draft = await mkdtemp(join(dataDir, draftPrefix))
  try {
    await mkdir(join(draft, 'data'), { mode: 0o700 })
    const passwordFile = await open(join(draft, 'password'), 'wx', 0o600)
    await passwordFile.writeFile(randomBytes(24).toString('base64url'))
    await passwordFile.sync().finally(() => passwordFile.close())
    for (const part of ['.', 'data', 'password']) await giveTo(account, join(draft, part))
    const { worked, output } = await runInitdb(installation, account, draft, durable)
    if (!worked) throw await describeFailure({ doing: 'made' }, dataDir, output)
    await rename(draft, join(dataDir, 'postgres'))
    if (durable) await flush(dataDir)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}
