// Signet with a million users: fills PostgreSQL, measures refresh, login, sizes, the sweep, revocation and memory against
// the very same with a thousand, and writes bench/million.md. Loopback only; what it makes it removes, also on Ctrl-C.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { closeConnections } from './million/ask.js'
import { createClosers } from './million/closers.js'
import { startInstance } from './million/instance.js'
import { createSide, measureLogin, measureRefresh } from './million/latency.js'
import { addRevocations, measureMemory } from './million/memory.js'
import { createPopulation } from './million/population.js'
import { renderReport, show } from './million/report.js'
import { measureEverybody, measureSingle, measureUser } from './million/revoke.js'
import { openServer, withClient } from './million/server.js'
import { measureHotUpdates, measureSizes } from './million/sizes.js'
import type { Figure } from './million/statistics.js'
import { measureSweep } from './million/sweep.js'

const users = Number(process.env.BENCH_USERS ?? 1_000_000)
const smallUsers = 1_000
const mostMinutes = 25
const given = process.env.BENCH_DATABASE_URL
const report = fileURLToPath(new URL('../bench/million.md', import.meta.url))
const denylistBench = fileURLToPath(new URL('./denylist.js', import.meta.url))

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const progress = (line: string): void =>
  void process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`)

const closers = createClosers(fault => say(`could not close: ${String(fault)}`))
const loads = new Map<string, number>()
const figures: Figure[] = []

/** Runs a part and keeps its figures. */
const part = async (name: string, work: () => Promise<Figure[]>): Promise<void> => {
  progress(`${name} …`)
  loads.set(name, loadavg()[0] ?? 0)
  for (const figure of await work()) {
    figures.push(figure)
    progress(`${figure.part}: ${figure.name}: ${show(figure.value)} ${figure.unit}`)
    if (process.stderr.isTTY) say('')
  }
}

const run = async (): Promise<void> => {
  loads.set('start', loadavg()[0] ?? 0)
  const server = await openServer(given, closers)
  const id = randomBytes(4).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  const open = async (name: string) => {
    const databaseUrl = await server.createDatabase(`signet_bench_${id}_${name}`)
    const start = (env: Record<string, string> = {}) =>
      startInstance(closers, { DATABASE_URL: databaseUrl, SIGNET_SECRET: secret, ...env })
    return { databaseUrl, start }
  }
  const [small, large, feed] = [await open('small'), await open('large'), await open('feed')]
  const populations = {
    small: createPopulation(id, smallUsers, Date.now()),
    large: createPopulation(id, users, Date.now()),
  }
  // The first start of an instance migrates.
  const instances = { small: await small.start(), large: await large.start() }
  await (await feed.start()).stop()

  await part('fill', async () => {
    const startedAt = performance.now()
    await withClient(small.databaseUrl, client => populations.small.fill(client, () => {}))
    await withClient(large.databaseUrl, client =>
      populations.large.fill(client, done => progress(`fill: ${done} of ${users}`)),
    )
    return [{ part: 'fill', name: 'all of it', value: (performance.now() - startedAt) / 1000, unit: 's' }]
  })
  await part('size', () => withClient(large.databaseUrl, client => measureSizes(client, users)))

  const sides = [
    createSide(smallUsers.toLocaleString('en-GB'), instances.small.url, populations.small),
    createSide(users.toLocaleString('en-GB'), instances.large.url, populations.large),
  ] as const
  const onRound = (round: number, of: number): void => progress(`round ${round} of ${of}`)
  await part('refresh', () => measureRefresh(sides, onRound))
  await part('hot', () => withClient(large.databaseUrl, measureHotUpdates))
  await part('login', () => measureLogin(sides, onRound))
  await instances.small.stop()

  await withClient(large.databaseUrl, async client => {
    await part('sweep', () =>
      measureSweep({
        client,
        side: sides[1],
        startSweeper: () => large.start({ LOG_LEVEL: 'debug' }),
        expired: Math.ceil(users * 0.3),
      }),
    )
    const others = [await large.start(), await large.start()]
    const urls = [instances.large, ...others].map(({ url }) => url)
    const needs = { client, population: populations.large, urls }
    await part('revoke', async () => [
      ...(await measureSingle(needs)),
      ...(await measureUser(needs)),
      ...(await measureEverybody(needs)),
    ])
    for (const instance of [instances.large, ...others]) await instance.stop()
  })

  await withClient(feed.databaseUrl, client => addRevocations(client, users))
  await part('memory', () => measureMemory(small.start, feed.start, users))
  await part('denylist', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      denylistBench,
      String(users),
    ])
    return JSON.parse(stdout)
  })

  await writeFile(
    report,
    renderReport({
      users,
      smallUsers,
      command: `${given ? 'BENCH_DATABASE_URL=postgresql://… ' : ''}BENCH_USERS=${users} npm run bench:million`,
      postgres: `${server.version}${given ? '' : ' (embedded)'}`,
      settings: server.settings,
      loads,
      figures,
    }),
  )
}

const interrupted = new Promise<never>((_, reject) => {
  const stop = (why: string) => () => reject(new Error(why))
  process.once('SIGINT', stop('interrupted'))
  process.once('SIGTERM', stop('interrupted'))
  setTimeout(stop(`not done after ${mostMinutes} minutes`), mostMinutes * 60_000).unref()
})

try {
  await Promise.race([run(), interrupted])
  say(`written: ${report}`)
} catch (error) {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.exitCode = 1
}
closeConnections()
await closers.closeAll()
// What was under way when it was interrupted has nothing left to work on.
process.exit()
