// Serves the test's app at an origin of its own, and a page of somebody else's.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { build } from 'esbuild'

export interface PageServer {
  /** As `localhost`, whatever other name leads here. */
  readonly origin: string
  readonly port: number
  close(): Promise<void>
}

const scripts = ['main', 'hostile']

const bundle = async (): Promise<Map<string, string>> => {
  const { outputFiles } = await build({
    entryPoints: scripts.map(name => `test/browser/page/${name}.ts`),
    outdir: '/',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"development"' },
    conditions: ['development', 'browser'],
    write: false,
    logLevel: 'error',
  })
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
}

const pageOf = (script: string): string =>
  `<!doctype html><html lang="en"><title>${script}</title><body><script type="module" src="/${script}"></script>`

/** Serves the app at `/` and the hostile page at `/hostile`. */
export const servePages = async (): Promise<PageServer> => {
  const bundled = await bundle()
  const server = createServer(({ url = '/' }, response) => {
    const script = bundled.get(url.slice(1))
    response.writeHead(200, { 'content-type': `text/${script ? 'javascript' : 'html'}; charset=utf-8` })
    response.end(script ?? pageOf(url === '/hostile' ? 'hostile.js' : 'main.js'))
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
