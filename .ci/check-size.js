// `npm run check:size`: signet/client, bundled and minified as an app's bundler does it, without its peers and React, has
// at most 6 kB gzipped. Reads dist, so build first.
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const maxBytes = 6_000

const { outputFiles } = await build({
  entryPoints: ['dist/client/index.js'],
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  external: ['@apollo/client', '@apollo/client/*', 'rxjs', 'graphql'],
  write: false,
})
const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length
process.stdout.write(`signet/client: ${bytes} of ${maxBytes} bytes, gzipped\n`)
if (bytes > maxBytes) process.exitCode = 1
