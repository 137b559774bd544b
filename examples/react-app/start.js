// `npm run example` in Signet's folder: Signet and the app together, on free ports, until Ctrl-C.
import { spawn } from 'node:child_process'
import { createServer as createSocketServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const folder = fileURLToPath(new URL('.', import.meta.url))
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

const isFree = port =>
  new Promise(resolve => {
    const server = createSocketServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

const findFreePort = async first => {
  for (let port = first; port < first + 50; port++) if (await isFree(port)) return port
  throw new Error(`There is no free port from ${first} to ${first + 49}.`)
}

const signetPort = await findFreePort(4000)
// The app is told where Signet is, and Signet where the app is.
process.env.VITE_SIGNET_URL = `http://localhost:${signetPort}/graphql`
const vite = await createServer({
  root: folder,
  server: { strictPort: false },
  logLevel: 'warn',
  clearScreen: false,
})
await vite.listen()
const appUrl = `http://localhost:${vite.httpServer.address().port}`

const signet = spawn(process.execPath, [main], {
  env: {
    // Data of its own, so that it does not meet a Signet that was started otherwise.
    DATA_DIR: `${folder}.signet`,
    LOG_LEVEL: 'warn',
    ...process.env,
    PORT: `${signetPort}`,
    SIGNET_ALLOWED_ORIGINS: appUrl,
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
signet.stdout.on('data', text => {
  if (!`${text}`.includes('ready')) return
  console.log(`
  The app:               ${appUrl}
  Signet's playground:   http://localhost:${signetPort}

  Ctrl-C stops both.
`)
})
signet.on('exit', async code => {
  await vite.close()
  process.exit(code ?? 1)
})
// Ctrl-C reaches Signet too, and it ends by itself; a signal to this process alone has to be passed on.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signet.kill('SIGTERM'))
