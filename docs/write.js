// Writes what the documentation takes from the code: docs/errors.md, the table of keys in docs/operating.md, and the
// configuration of other services in docs/interoperability.md.
// Run by `npm run docs`, which builds first; CI fails when the result is not what is committed.
import { readFileSync, writeFileSync } from 'node:fs'
import { configTable } from '../dist/config.js'
import { errorCodes } from '../dist/lib/error-codes.js'

const list = (title, values) =>
  values
    ? [`\n${title}\n`, ...Object.entries(values).map(([name, text]) => `- \`${name}\`: ${text}`)].join('\n')
    : ''

const describeError = ([code, { cause, cure, status, reasons, details }]) => `## ${code}

- **Cause.** ${cause}
- **Cure.** ${cure}
- **HTTP status.** ${status}
${list('`extensions.reason` is one of', reasons)}
${list('Further members of `extensions`:', details)}`

const errors = `# Errors

Every code that \`errors[].extensions.code\` can take, beside those of the protocol. A status of 200 means that the
error stands beside \`data\`, as GraphQL over HTTP demands of errors in fields; a 401 means that the operation was
refused whole, before anything executed, and that the answer has no \`data\`. \`UNAVAILABLE\` comes with a
503 where it is known before anything executes, and for every request while Signet starts or stops.

The protocol's own codes: \`GRAPHQL_PARSE_FAILED\`, \`GRAPHQL_VALIDATION_FAILED\`, \`BAD_USER_INPUT\` (a value of the
wrong type or form), \`BAD_REQUEST\` (400, 408, 413, 415, 431), \`METHOD_NOT_ALLOWED\` (405), \`NOT_FOUND\` with a 404 (no such path), \`OPERATION_RESOLUTION_FAILURE\`, \`PERSISTED_QUERY_NOT_FOUND\`. And
\`INTERNAL_SERVER_ERROR\`: something went wrong in Signet; \`extensions.requestId\` is the line to look for in its log.

Over WebSocket the same codes stand in messages of the type \`error\`. The codes that a socket itself is closed with are
in [operating.md](operating.md#web-sockets).

${Object.entries(errorCodes)
  .map(describeError)
  .join('\n\n')
  .replace(/\n{3,}/g, '\n\n')
  .trim()}
`

const here = name => new URL(name, import.meta.url)
writeFileSync(here('errors.md'), errors)
const operating = readFileSync(here('operating.md'), 'utf8')
const marked = /(<!-- keys -->\n)[\s\S]*(\n<!-- \/keys -->)/
if (!marked.test(operating)) throw new Error('docs/operating.md has lost the marks around its table of keys')
writeFileSync(
  here('operating.md'),
  operating.replace(marked, (_, before, after) => `${before}\n${configTable()}\n${after}`),
)

// What stands between the marks of a test, with the imports that it uses. A line about caches is the test's alone.
const readExample = name => {
  const source = readFileSync(here(`../test/interop/${name}`), 'utf8')
  const [, marked] = /(?:\/\/|#) <docs>\n([\s\S]*?)\n *(?:\/\/|#) <\/docs>/.exec(source) ?? []
  if (!marked)
    throw new Error(`test/interop/${name} has lost the marks around what docs/interoperability.md shows`)
  const lines = marked.split('\n').filter(line => !/\bcaching\b/.test(line))
  const depth = Math.min(...lines.filter(Boolean).map(line => line.search(/\S/)))
  const code = lines.map(line => line.slice(depth)).join('\n')
  const uses = line =>
    line.match(/\w+/g).some(word => word !== 'import' && RegExp(`\\b${word}\\b`).test(code))
  const imports = source
    .split('\n')
    .filter(line => line.startsWith('import ') && !line.includes("'.") && uses(line.replace(/ from .*/, '')))
  return `\`\`\`${name.split('.').at(-1)}\n${imports.join('\n')}\n\n${code}\n\`\`\``
}

const interoperability = readFileSync(here('interoperability.md'), 'utf8')
writeFileSync(
  here('interoperability.md'),
  interoperability.replace(
    /(<!-- code: (\S+) -->\n)[\s\S]*?(<!-- \/code -->)/g,
    (_, before, name, after) => `${before}${readExample(name)}\n${after}`,
  ),
)
