// Other services, as a process of their own: every verifier of the folder beside this, for every Signet that is named
// in the argument, on one port. Plain JavaScript on published packages; nothing of Signet's own is in it.
import { readdir } from 'node:fs/promises'
import express from 'express'

const folder = new URL('verifiers/', import.meta.url)
const verifiers = []
for (const file of await readdir(folder)) {
  // One after the other: Node 20 fails when jwks-rsa requires jose while another file imports it.
  verifiers.push({ name: file.replace(/\.js$/, ''), ...(await import(new URL(file, folder))) })
}

// What a library keeps for so many milliseconds, it keeps for so many times less.
const shrinkTimes = (defaults, times) =>
  Object.fromEntries(Object.entries(defaults).map(([name, milliseconds]) => [name, milliseconds / times]))

const app = express()
for (const { issuer, algorithm, shrink } of JSON.parse(process.argv[2])) {
  const signet = { issuer, algorithm, audience: 'signet', jwksUri: `${issuer}/.well-known/jwks.json` }
  for (const { name, defaults, createService } of verifiers) {
    // Where no time is shrunk, the library's own defaults hold.
    const caching = shrink === 1 ? {} : shrinkTimes(defaults, shrink)
    const path = `/${algorithm}/${name}`
    app.use(path, createService({ ...signet, caching, path }))
  }
}
app.use((error, _request, response, _next) => {
  response.status(error.status ?? 500).json({ refused: error.message })
})
const server = app.listen(0, '127.0.0.1', error => {
  if (error) throw error
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`)
})
