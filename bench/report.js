// Writes report.md from what results/ holds.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { here } from './harness/process.js'

const show = value => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2))

const spread = ({ median, min, max }) => `${show(median)} (${show(min)} – ${show(max)})`

const bound = ({ atLeast, atMost }) => (atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`)

const holds = (value, { atLeast, atMost }) => (atLeast === undefined ? value <= atMost : value >= atLeast)

const verdict = ({ ratio, must, aim }) =>
  holds(ratio.median, aim) ? 'aim' : holds(ratio.median, must) ? 'must' : '**missed**'

/** A goal in one line. */
export const describeGoal = goal =>
  `${goal.what}: ${spread(goal.ratio)}, must ${bound(goal.must)}, aim ${bound(goal.aim)}: ${verdict(goal)}`

const goalRow = goal =>
  `| ${goal.what} | ${spread(goal.ratio)} | ${bound(goal.must)} | ${bound(goal.aim)} | ${verdict(goal)} |`

const section = ({ title, how, rows, at, minutes }) => {
  const labels = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))]
  const cells = rows.map(({ name, figures }) =>
    [name, ...labels.map(label => (figures[label] ? spread(figures[label]) : ''))].join(' | '),
  )
  return `## ${title}

| | ${labels.join(' | ')} |
| --- |${' ---: |'.repeat(labels.length)}
${cells.map(cell => `| ${cell} |`).join('\n')}

${how}. ${at.slice(0, 10)}, ${minutes.toFixed(0)} minutes.
`
}

/** Writes the report of these groups, as far as there are results. */
export const writeReport = names => {
  const results = names
    .map(name => here(`results/${name}.json`))
    .filter(existsSync)
    .map(path => JSON.parse(readFileSync(path, 'utf8')))
  const text = `# How fast it is

Written by \`npm run bench\`. Every contender runs in a process of its own, the load comes from another; how much of it is said
below each table. Medians, with the least and the most in brackets. What counts is CPU time of the server's process a request, user and
system: it moves by a tenth where requests a second move by a factor of three. A ratio is the median of the ratios round by
round. Whoever is asked for \`viewer\` or \`me\` has to answer rightly and to refuse a broken signature before it is measured.

${cpus()[0].model.trim()}, ${availableParallelism()} cores, Node ${process.version}; load, server and PostgreSQL share them.

## Goals

| what | measured | must | aim | met |
| --- | ---: | ---: | ---: | --- |
${results.flatMap(({ goals }) => goals.map(goalRow)).join('\n')}

${results.map(section).join('\n')}`
  writeFileSync(here('report.md'), text)
}
