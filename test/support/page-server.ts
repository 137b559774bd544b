// Serves the test's app at an origin of its own, and whatever other pages a test gives it.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'

export interface PageServer {
  /** As `localhost`, whatever other name leads here. */
  readonly origin: string
  readonly port: number
  close(): Promise<void>
}

const bundle = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: ['test/browser/page/main.ts'],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"development"' },
    conditions: ['development', 'browser'],
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}

const page = '<!doctype html><html lang="en"><title>App</title><body><script type="module" src="/app.js"></script>'

/** Serves the app at every path but `/empty`, where there is a page without a script. */
export const servePages = async (): Promise<PageServer> => {
  const script = await bundle()
  const server = createServer(({ url = '/' }, response) => {
    const isScript = url === '/app.js'
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8' })
    response.end(isScript ? script : url === '/empty' ? '<!doctype html><title>Empty</title>' : page)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://localhost:${port}`,
    port,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
