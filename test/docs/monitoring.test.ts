// The files for Prometheus and Grafana speak of metrics that there are, and each alert is explained and tested. What the
// expressions make of the numbers, promtool tests in .ci/run.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { World } from '../support/world.js'
import { createWorld } from '../support/world.js'

const readDocs = (path: string): string =>
  readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8')
const alerts = readDocs('monitoring/alerts.yml')
const dashboard = readDocs('monitoring/dashboard.json')

interface Panel {
  readonly id: number
  readonly title: string
  readonly description: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string }[]
}
const panels: readonly Panel[] = JSON.parse(dashboard).panels

let world: World
let samples: Set<string | undefined>
let labels: Map<string, Set<string>>
beforeAll(async () => {
  world = await createWorld({ env: { SIGNET_METRICS_LISTEN: '0' } })
  const text = await (await fetch(world.metricsUrl ?? '')).text()
  samples = new Set([...text.matchAll(/^([a-z]\w*)[{ ]/gm)].map(([, name]) => name))
  labels = new Map()
  for (const [, name, value] of text.matchAll(/(\w+)="([^"]*)"/g))
    labels.set(`${name}`, (labels.get(`${name}`) ?? new Set()).add(`${value}`))
})
afterAll(() => world.close())

const metricsIn = (text: string): string[] => [
  ...new Set([...text.matchAll(/\b(?:signet|nodejs|process)_\w+/g)].map(([name]) => name)),
]

test.each([
  ['alerts.yml', alerts.replaceAll(/^ *#.*$/gm, ''), 6],
  ['dashboard.json', panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n'), 10],
])('%s uses only metrics that /metrics prints', (_, text, atLeast) => {
  const names = metricsIn(text)
  expect(names.length).toBeGreaterThanOrEqual(atLeast)
  expect(names.filter(name => !samples.has(name))).toEqual([])
})

test('both name only outcomes and states that there are', () => {
  for (const [, name, values = ''] of `${alerts}${dashboard}`.matchAll(
    /\b(outcome|state)(?:=~?|!=)\\?"([\w|]+)\\?"/g,
  ))
    for (const value of values.split('|')) expect(labels.get(`${name}`)).toContain(value)
})

test('each alert has a test of its own and a line in the documentation', () => {
  const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
  expect(names.length).toBeGreaterThan(8)
  const tested = readDocs('monitoring/alerts.test.yml').split(/^ {2}- name:/m)
  for (const name of names) {
    expect(readDocs('operating.md')).toContain(`| \`${name}\` |`)
    const firing = tested.some(part => new RegExp(`alertname: ${name}\\n +exp_alerts`).test(part))
    expect([name, firing]).toEqual([name, true])
    expect(tested[1]).toContain(`alertname: ${name} }`)
  }
})

test('the panels of the dashboard have a text each and lie beside one another', () => {
  expect(panels.map(({ id }) => id)).toEqual(panels.map((_, index) => index + 1))
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  for (const { title, description, gridPos, targets } of panels) {
    expect([title, description.length > 3, gridPos.x + gridPos.w <= 24, targets.length > 0]).toEqual([
      title,
      true,
      true,
      true,
    ])
  }
})
