// `npm run bench [group …]`: measures Signet against its peers on this machine and writes what came to report.md.
// Each group's figures are kept in results/, so that one can be measured anew without the others.
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { me, viewer } from './groups/field.js'
import { login } from './groups/login.js'
import { refresh } from './groups/refresh.js'
import { revocations } from './groups/revocations.js'
import { rotation } from './groups/rotation.js'
import { signing } from './groups/signing.js'
import { start } from './groups/start.js'
import { workers } from './groups/workers.js'
import { createDatabase } from './harness/database.js'
import { here } from './harness/process.js'
import { describeGoal, writeReport } from './report.js'

const groups = { viewer, me, revocations, workers, rotation, refresh, signing, login, start }

const asked = process.argv.slice(2)
const unknown = asked.find(name => !Object.hasOwn(groups, name))
if (unknown !== undefined)
  throw new Error(`There is no group '${unknown}'. There are: ${Object.keys(groups).join(' ')}`)

const say = line => process.stdout.write(`${line}\n`)

mkdirSync(here('results'), { recursive: true })
for (const name of asked.length > 0 ? asked : Object.keys(groups)) {
  say(`${name} …`)
  const database = await createDatabase()
  const startedAt = performance.now()
  try {
    const result = await groups[name]({ databaseUrl: database.url, secret: randomBytes(32).toString('hex') })
    const minutes = (performance.now() - startedAt) / 60_000
    const kept = { ...result, minutes, at: new Date().toISOString() }
    writeFileSync(here(`results/${name}.json`), `${JSON.stringify(kept, null, 2)}\n`)
    for (const goal of result.goals) say(`  ${describeGoal(goal)}`)
  } finally {
    await database.drop()
  }
}
writeReport(Object.keys(groups))
