// After the run: no secret of any client may stand in any log; then the cluster goes.
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

const readAll = folder => readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'))

const findLeaks = folder => {
  const present = new Set(readdirSync(folder))
  const text = present.has('logs') ? readAll(join(folder, 'logs')).join('\n') : ''
  const secrets = present.has('secrets')
    ? new Set(readAll(join(folder, 'secrets')).flatMap(list => JSON.parse(list)))
    : new Set()
  return {
    searched: secrets.size,
    lines: text.split('\n').length,
    leaks: [...secrets].filter(one => text.includes(one)),
  }
}

export default async () => {
  const folder = process.env.SIGNET_TEST_RUN_FOLDER
  const { searched, lines, leaks } = findLeaks(folder)
  await globalThis.stopTestServer()
  await rm(folder, { recursive: true, force: true })
  if (leaks.length > 0) {
    throw new Error(
      `${leaks.length} of ${searched} secrets stand in the logs of this run, the first: ${leaks[0]}`,
    )
  }
  process.stdout.write(
    `The logs of the run, ${lines} lines, hold none of the ${searched} secrets that its clients had.\n`,
  )
  // From here on jest decides.
  process.exitCode = 0
}
