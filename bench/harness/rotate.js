// A process that rotates sessions in one of several ways, as told on its standard input: Signet's store, the bare driver,
// and what Prisma offers. Sessions are visited as pgbench visits them, see groups/rotation.js.
import { createHash } from 'node:crypto'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { openDatabase } from '../../dist/engines/database.js'
import { createLog } from '../../dist/lib/log.js'
import { createRotateTogether, rotateSession } from '../../dist/sessions/rotation-store.js'
import { idOf, secret } from './sessions.js'

const {
  way,
  clients,
  seconds,
  warmSeconds = 0,
  start,
  span,
  sessions,
  stride,
} = JSON.parse(await text(process.stdin))
const connectionString = process.env.DATABASE_URL

const secretHash = createHash('sha256').update(secret).digest()
const idleSince = new Date(0)
const graceSince = new Date()

const rotationOf = number => ({
  sessionId: idOf(number),
  generation: 0,
  secretHash,
  nextSecretHash: secretHash,
  attemptHash: null,
  now: new Date(),
  idleSince,
  graceSince,
})

/** The statement of Signet's store for one session, with its name. */
const statement = await (async () => {
  let seen
  const pool = {
    query: async one => {
      seen = one
      return { rows: [] }
    },
  }
  await rotateSession({ pool }, rotationOf(1))
  return seen
})()

const valuesOf = ({ sessionId, generation, secretHash, nextSecretHash, attemptHash, now }) => [
  sessionId,
  generation,
  secretHash,
  nextSecretHash,
  attemptHash,
  now,
  idleSince,
  graceSince,
]

const whereOf = ({ sessionId, generation, secretHash, now }) => ({
  id: sessionId,
  generation,
  secretHash,
  endedAt: null,
  expiresAt: { gt: now },
  rotatedAt: { gt: idleSince },
})

const dataOf = ({ nextSecretHash, now }) => ({
  generation: { increment: 1 },
  secretHash: nextSecretHash,
  attemptHash: null,
  rotatedAt: now,
})

const openPrisma = () => openDatabase({ log: createLog('error') }, { connectionString })

const ways = {
  signet: () => {
    const database = openPrisma()
    const rotateTogether = createRotateTogether(database)
    const rotate = async rotation => (await rotateTogether(rotation)) ?? rotateSession(database, rotation)
    return [rotate, database.close]
  },
  pg: () => {
    const pool = new pg.Pool({ connectionString, max: clients })
    const rotate = async rotation => (await pool.query({ ...statement, values: valuesOf(rotation) })).rows[0]
    return [rotate, () => pool.end()]
  },
  'prisma-raw': () => {
    const { prisma, close } = openPrisma()
    const typed = statement.text
      .replaceAll(/\$([67])/g, '$$$1::timestamptz')
      .replace('= $1', '= $1::uuid')
      .replace('= $2', '= $2::int')
    return [async rotation => (await prisma.$queryRawUnsafe(typed, ...valuesOf(rotation)))[0], close]
  },
  'prisma-update': () => {
    const { prisma, close } = openPrisma()
    const rotate = async rotation =>
      (await prisma.session.updateManyAndReturn({ where: whereOf(rotation), data: dataOf(rotation) }))[0]
    return [rotate, close]
  },
  'prisma-transaction': () => {
    const { prisma, close } = openPrisma()
    const rotate = rotation =>
      prisma.$transaction(
        async tx => {
          const session = await tx.session.findFirst({ where: whereOf(rotation), include: { user: true } })
          return session && tx.session.update({ where: { id: session.id }, data: dataOf(rotation) })
        },
        { maxWait: 30_000 },
      )
    return [rotate, close]
  },
}

const [rotate, close] = ways[way]()
let [count, missed] = [0, 0]
let before = process.cpuUsage()
// What is measured is a server that runs, not one that compiles its code.
const from = performance.now() + warmSeconds * 1000
const until = from + seconds * 1000
setTimeout(() => {
  count = 0
  before = process.cpuUsage()
}, warmSeconds * 1000)
const client = async (_, index) => {
  for (let turn = 0; turn < span && performance.now() < until; turn++) {
    const visit = start + index * span + turn
    const row = await rotate(rotationOf(((visit * stride) % sessions) + 1))
    if (!row) missed++
    count++
  }
}
await Promise.all(Array.from({ length: clients }, client))
const { user, system } = process.cpuUsage(before)
await close()
process.stdout.write(
  JSON.stringify({
    perSecond: count / seconds,
    cpu: (user + system) / count,
    count,
    missed,
    text: statement.text,
  }),
)
