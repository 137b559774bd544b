// Signet beside the naive sample: `viewer`, `me` and `refresh`, in rounds that alternate, load from this process.
// Reports requests a second and the server's CPU time a request, as medians, and their ratio within this run.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '../dist/engines/embedded-postgres.js'
import { createLog } from '../dist/lib/log.js'

const rounds = Number(process.env.ROUNDS ?? 5)
const seconds = Number(process.env.SECONDS ?? 3)
const connections = 16
const here = name => fileURLToPath(new URL(name, import.meta.url))
const say = line => process.stdout.write(`${line}\n`)

const start = async (script, env) => {
  const child = spawn(process.execPath, [here(script)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${script} exited with ${code}`)))
    child.stdout.on('data', chunk => {
      const found = /ready.*?(http:\/\/[^/\s]+)/.exec(chunk)?.[1]
      if (found) resolve(found)
    })
  })
  return { child, url: new URL('/graphql', url) }
}

const agent = new Agent({ keepAlive: true, maxSockets: connections })
const ask = (url, query, token) =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ query })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    if (token) headers.authorization = `Bearer ${token}`
    const sent = request(url, { method: 'POST', agent, headers }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
    sent.on('error', reject)
    sent.end(body)
  })

const must = answer => {
  if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer).slice(0, 300))
  return answer.data
}

const cpuSeconds = pid => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const measure = async (contender, one) => {
  const states = contender.sessions.map(session => ({ ...session }))
  const until = performance.now() + seconds * 1000
  const before = cpuSeconds(contender.child.pid)
  let count = 0
  await Promise.all(
    states.map(async (state, index) => {
      while (performance.now() < until) {
        await one(contender, state)
        count++
      }
      contender.sessions[index] = state
    }),
  )
  return { rate: count / seconds, cpu: ((cpuSeconds(contender.child.pid) - before) / count) * 1e6 }
}

const median = values => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]

const operations = {
  viewer: async ({ url }, { accessToken }) =>
    must(await ask(url, '{ viewer { userId roles } }', accessToken)).viewer.userId.length,
  me: async ({ url }, { accessToken }) =>
    must(await ask(url, '{ me { id email name roles } }', accessToken)).me.id.length,
  refresh: async ({ url, refreshQuery }, state) => {
    Object.assign(state, must(await ask(url, refreshQuery(state.refreshToken))).refresh)
  },
}

const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'))
const database = await startEmbeddedPostgres({ log: createLog('warn') }, folder)
const { host, port, user, password, database: name } = database.connection
const databaseUrl = `postgresql://${user}:${encodeURIComponent(password)}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
const contenders = []
try {
  const algorithm = process.env.JWT_ALGORITHM ?? 'RS256'
  const env = {
    DATABASE_URL: databaseUrl,
    SIGNET_SECRET: randomBytes(32).toString('hex'),
    PORT: '0',
    JWT_ALGORITHM: algorithm,
  }
  const signet = { name: `Signet ${algorithm}`, ...(await start('../dist/main.js', env)) }
  contenders.push(signet)
  const input = () =>
    `{ email: "${randomBytes(8).toString('hex')}@example.com", password: "${randomBytes(12).toString('hex')}" }`
  signet.sessions = await Promise.all(
    Array.from(
      { length: connections },
      async () =>
        must(
          await ask(
            signet.url,
            `mutation { signup(input: ${input()}) { ... on AuthPayload { accessToken refreshToken user { id } } } }`,
          ),
        ).signup,
    ),
  )
  signet.refreshQuery = token =>
    `mutation { refresh(input: { refreshToken: "${token}" }) { accessToken refreshToken user { id } } }`
  const naive = {
    name: 'naive HS256',
    ...(await start('naive.js', {
      DATABASE_URL: databaseUrl,
      NAIVE_SECRET: randomBytes(32).toString('hex'),
    })),
  }
  contenders.push(naive)
  naive.sessions = await Promise.all(
    signet.sessions.map(
      async session =>
        must(
          await ask(
            naive.url,
            `mutation { issue(userId: "${session.user.id}") { accessToken refreshToken } }`,
          ),
        ).issue,
    ),
  )
  naive.refreshQuery = token =>
    `mutation { refresh(refreshToken: "${token}") { accessToken refreshToken user { id } } }`
  for (const contender of contenders) {
    const broken = await ask(
      contender.url,
      '{ viewer { userId roles } }',
      `${contender.sessions[0].accessToken.slice(0, -4)}AAAA`,
    )
    if (!broken.errors) throw new Error(`${contender.name} accepts a broken signature`)
  }
  say(`${rounds} rounds of ${seconds} s, ${connections} connections, one process each\n`)
  say('| operation | contender | requests/s | CPU µs a request |\n| --- | --- | --- | --- |')
  for (const [operation, one] of Object.entries(operations)) {
    const results = new Map(contenders.map(({ name }) => [name, []]))
    for (let round = 0; round <= rounds; round++) {
      for (const contender of round % 2 ? contenders : contenders.toReversed()) {
        const result = await measure(contender, one)
        if (round > 0) results.get(contender.name).push(result)
      }
    }
    const medians = [...results].map(([name, list]) => [
      name,
      median(list.map(r => r.rate)),
      median(list.map(r => r.cpu)),
    ])
    for (const [name, rate, cpu] of medians)
      say(`| ${operation} | ${name} | ${rate.toFixed(0)} | ${cpu.toFixed(0)} |`)
    say(`| ${operation} | naive / Signet (CPU) | | ${(medians[1][2] / medians[0][2]).toFixed(2)} |`)
  }
} finally {
  for (const { child } of contenders) child.kill('SIGTERM')
  await database.stop()
  rmSync(folder, { recursive: true, force: true })
}
