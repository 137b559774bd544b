// The report of a run, as Markdown: every figure with its aim, what grows and how, and what it was measured on.
import { cpus, loadavg, totalmem } from 'node:os'
import type { Figure } from './statistics.js'

/** What the report says of the run beside the figures. */
export interface Run {
  readonly users: number
  readonly smallUsers: number
  readonly command: string
  readonly postgres: string
  readonly settings: string
  /** The load of the machine, when the run began and at the start of each part. */
  readonly loads: ReadonlyMap<string, number>
  readonly figures: readonly Figure[]
}

const titles = new Map([
  ['fill', 'Filling the database'],
  ['size', 'Size on disk'],
  ['refresh', 'Refresh'],
  ['login', 'Login'],
  ['sweep', 'The sweep of expired sessions, while others refresh'],
  ['revoke', 'Revocation, on three instances'],
  ['memory', 'An instance with live revocations, and one without'],
  ['denylist', 'The set of revocations in memory'],
])

const notes = new Map([
  [
    'size',
    'Sizes after the filling; a row of a user is one in `users` and one in `passwords`. HOT is read after the refreshes below.',
  ],
  [
    'refresh',
    'Eight connections to one process, sessions drawn by chance; rounds of the two databases in turn. Each figure is the median over the rounds.',
  ],
  ['login', 'Two connections; nearly all of it is argon2id (19 MiB, two passes), on purpose.'],
  [
    'sweep',
    'The sweep is that of an instance which starts, the refreshes are those of another. Lock waits are sampled from `pg_locks` (`waitstart`, so a wait that a sample sees is told in its whole length up to then) every five milliseconds: one that falls between two samples is not seen.',
  ],
  [
    'revoke',
    'Every instance is asked without a pause whether it refuses the token, from the moment the mutation is sent; times count from there, the longest of all repetitions. Those at once queue for the one row of the feed, each until the commit before it is on disk.',
  ],
  [
    'memory',
    'Sizes after a full collection, RSS before it; the median of three starts each, in turn. Pauses as `perf_hooks` sees them, on the clock, the longest of all starts: what a start without records has of them is the load of the machine and the start itself.',
  ],
  [
    'denylist',
    '`bench/denylist.ts`, a process of its own. Times of look-ups and verifications are processor time, medians of rounds; pauses and fillings are time on the clock.',
  ],
])

/** A number as people read it: three digits that mean something. */
export const show = (value: number): string => {
  if (!Number.isFinite(value)) return '–'
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-GB')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

/** Whether a figure keeps its aim; null where it has none. */
export const keepsAim = ({ value, aim }: Figure): boolean | null => (aim === undefined ? null : value <= aim)

const row = (figure: Figure): string => {
  const { name, value, unit, aim } = figure
  const verdict = { true: 'kept', false: '**missed**', null: '' }[`${keepsAim(figure)}`]
  return `| ${name} | ${show(value)} ${unit} | ${aim === undefined ? '' : `at most ${show(aim)} ${unit}`} | ${verdict} |`
}

const section = ([part, title]: readonly [string, string], { figures, loads }: Run): string => {
  const rows = figures.filter(figure => figure.part === part).map(row)
  if (rows.length === 0) return ''
  const load = loads.get(part)
  return `## ${title}

${[notes.get(part), load === undefined ? undefined : `Load of the machine when this part began: ${load.toFixed(1)}.`].filter(Boolean).join(' ')}

| figure | value | aim | verdict |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

/** Renders a run. */
export const renderReport = (run: Run): string => {
  const judged = run.figures.filter(figure => figure.aim !== undefined)
  const missed = judged.filter(figure => keepsAim(figure) === false)
  const value = (part: string, name: string): string =>
    show(run.figures.find(figure => figure.part === part && figure.name === name)?.value ?? Number.NaN)
  const verdict =
    missed.length === 0
      ? `All ${judged.length} aims are kept.`
      : `${judged.length - missed.length} of ${judged.length} aims are kept; missed: ${missed.map(({ name }) => name).join('; ')}.`
  return `# A million users

Written by \`npm run bench:million\`; do not edit. ${run.users.toLocaleString('en-GB')} users with a session each, against the very same with
${run.smallUsers.toLocaleString('en-GB')}. ${verdict}

- Command: \`${run.command}\`
- Machine: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB; Node.js ${process.versions.node}; load generator, Signet and PostgreSQL share it
- PostgreSQL ${run.postgres}: ${run.settings}
- Load of the machine (one minute) when the run began: ${(run.loads.get('start') ?? 0).toFixed(1)}, at its end: ${(loadavg()[0] ?? 0).toFixed(1)}; the run itself is part of what each section shows

## What grows, and how

| with | grows | how |
| --- | --- | --- |
| users | the disk | ${value('size', 'a user, all told')} bytes each, indexes and all |
| sessions | the disk | ${value('size', 'a session, all told')} bytes each; one row however often it is refreshed, until a week after its absolute end |
| users and sessions | refresh and login | by the depth of a B-tree: p50 ${value('refresh', 'large / small: p50')} times and p99 ${value('refresh', 'large / small: p99')} times that of ${run.smallUsers.toLocaleString('en-GB')} |
| sessions that expired | the work of the sweep | a thousand a statement; no lock wait was seen (see how below) |
| live revocations | memory of each instance | ${value('memory', 'a record')} bytes each, for at most the life of an access token and two minutes |
| live revocations | the start of an instance | ${value('memory', 'start without revocations')} ms without, ${value('memory', `start with ${run.users}`)} ms with ${run.users.toLocaleString('en-GB')} |
| live revocations | verification | not: ${value('denylist', 'look-up of a good token')} ns among ${run.users.toLocaleString('en-GB')} |
| users | signing everybody out | not: one record |

${[...titles]
  .map(entry => section(entry, run))
  .filter(Boolean)
  .join('\n')}`
}
