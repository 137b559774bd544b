// Typed documents from what stands in graphql(`…`), against the schema that comes with the package.
import { createRequire } from 'node:module'
import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: createRequire(import.meta.url).resolve('signet/schema.graphql'),
  documents: ['src/**/*.{ts,tsx}', '!src/generated/**'],
  emitLegacyCommonJSImports: false,
  generates: {
    'src/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string', ID: 'string' } },
    },
  },
}

export default config
