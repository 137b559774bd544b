// Puts the command together in a few files, so that a start need not find, read and link a thousand. What tsc has made
// stays beside it, for signet/client and signet/verify. See docs/decisions/0014-start.md.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

// One folder, as deep as the folders of src: what looks for files beside itself, or for the migrations, finds them.
const folder = 'dist/bundle'
rmSync(folder, { recursive: true, force: true })

const { metafile } = await build({
  entryPoints: { main: 'src/main.ts', 'bundle/worker': 'src/cli/worker.ts' },
  outdir: 'dist',
  chunkNames: 'bundle/[name]-[hash]',
  bundle: true,
  // What is loaded later stays in files of its own.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Machine code, a folder of files to serve, and what type-graphql would load to validate, which it is told not to.
  external: ['@node-rs/argon2', 'altair-static', 'class-validator'],
  // It looks for node's own in a way that a bundle does not know, and is a slow one in JavaScript then.
  alias: { '@apollo/utils.createhash': 'node:crypto' },
  // Packages in CommonJS ask for node's own modules this way.
  banner: {
    js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
  },
})

const packageOf = path => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]

const licenseOf = root => {
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const file = readdirSync(root).find(entry => /^(licen[cs]e|copying)/i.test(entry))
  const text = file ? readFileSync(join(root, file), 'utf8').trim() : ''
  return `${name} ${version} (${license})\n\n${text}\n`
}

const roots = new Set(Object.keys(metafile.inputs).map(packageOf).filter(Boolean))
writeFileSync(
  join(folder, 'licenses.txt'),
  [...roots]
    .sort()
    .map(licenseOf)
    .join(`\n${'-'.repeat(80)}\n\n`),
)
