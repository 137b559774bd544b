// Everything that Signet logged in a run, and every secret that clients sent or got; global-teardown holds the one
// against the other.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of this run; set by global-setup. */
const runFolderEnv = 'SIGNET_TEST_RUN_FOLDER'

const runFolder = (): string => {
  const folder = process.env[runFolderEnv]
  if (!folder) throw new Error(`${runFolderEnv} is not set`)
  return folder
}

/** A new log file of the run. */
export const newLogFile = (id: string): string => {
  mkdirSync(join(runFolder(), 'logs'), { recursive: true })
  return join(runFolder(), 'logs', `${id}.log`)
}

/** Keeps what a world's clients held secret, for the check at the end of the run. */
export const keepSecrets = (id: string, secrets: ReadonlySet<string>): void => {
  mkdirSync(join(runFolder(), 'secrets'), { recursive: true })
  writeFileSync(join(runFolder(), 'secrets', `${id}.json`), JSON.stringify([...secrets]))
}
