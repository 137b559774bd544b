// What comes with `import 'signet/verify'`, read from the built files.
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { relative, resolve } from 'node:path'
import { expect, test } from '@jest/globals'

const specifiers = (text: string): string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '')

const walk = (entry: string) => {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (path: string): void => {
    if (files.has(path)) return
    files.add(path)
    for (const specifier of specifiers(readFileSync(path, 'utf8'))) {
      if (specifier.startsWith('.')) {
        const target = resolve(path, '..', specifier)
        visit(entry.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target)
      } else if (!isBuiltin(specifier)) packages.add(specifier)
    }
  }
  visit(resolve(entry))
  return { files: [...files].map(file => relative('dist', file)), packages: [...packages] }
}

test('the kit loads nothing of the server, and no package but jsonwebtoken', () => {
  const { files, packages } = walk('dist/verify/index.js')
  expect(packages).toEqual(['jsonwebtoken'])
  expect(files).toEqual(expect.arrayContaining(['tokens/verify.js', 'revocation/denylist.js']))
  expect(files.filter(file => !/^(verify|tokens|lib|revocation)\//.test(file))).toEqual([])
})

test('its types need no package but those of Node', () => {
  const { files, packages } = walk('dist/verify/index.d.ts')
  expect(packages).toEqual([])
  expect(files.filter(file => !/^(verify|tokens|lib)\//.test(file))).toEqual([])
})
