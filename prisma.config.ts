import { defineConfig } from 'prisma/config'

// These three commands ask for a schema engine that they never run, and would download it. Any executable
// silences the request; `migrate` and `db` must not get it, they would print nothing and report success.
if (['generate', 'validate', 'format'].some(command => process.argv.includes(command))) {
  process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath
}

export default defineConfig({ schema: 'prisma/schema.prisma' })
