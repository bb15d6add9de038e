import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Stores } from '../../src/journey/ports.ts'
import { addGauges } from '../../src/observe/gauges.ts'
import { startObserving } from '../../src/observe/index.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { policyOf } from '../support/policy.ts'

const read = (name: string): string => readFileSync(`docs/observing/${name}`, 'utf8')
const dashboard = JSON.parse(read('dashboard.json')) as {
  panels: {
    id: number
    type: string
    title: string
    gridPos: { x: number; w: number }
    targets?: { expr: string; legendFormat: string }[]
  }[]
}
const alerts = parse(read('alerts.yaml')) as {
  groups: { rules: { alert: string; expr: string; labels: object; annotations: { summary: string } }[] }[]
}
const rules = alerts.groups.flatMap((group) => group.rules)
const panels = dashboard.panels.filter(({ type }) => type !== 'row')
/** Each query by where it stands. */
const queries: [string, string][] = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }): [string, string] => [title, expr])),
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
]

/** Labels by the name under which a query finds the metric. */
const known = new Map<string, string[]>()
beforeAll(async () => {
  const outbox = { backlog: async () => ({ letters: 0, oldest: 0 }) }
  const stores = { outbox, rollouts: { pulls: async () => [] } } as unknown as Stores
  const { metrics, stop } = await startObserving({
    stores,
    redis: false,
    chain: { seal: async () => false },
    policy: () => policyOf({}),
    groups: () => new Set(),
    profileOf: () => 'web',
    tracesTo: undefined,
    log: createLogger('silent'),
    now: Date.now,
  })
  const pool = { totalCount: 0, idleCount: 0, waitingCount: 0 }
  addGauges(metrics, {
    hashing: () => ({ running: 0, waiting: 0 }),
    outbox: stores.outbox,
    pool,
    certificates: [],
  })
  metrics.process()
  for (const one of metrics.registry.getMetricsAsArray()) {
    // What the library keeps of a metric; its types do not say so.
    const { name, labelNames, type } = one as unknown as { name: string; labelNames: string[]; type: string }
    const isHistogram = type === 'histogram'
    for (const suffix of isHistogram ? ['_bucket', '_count', '_sum'] : [''])
      known.set(name + suffix, [...labelNames, ...(suffix === '_bucket' ? ['le'] : [])])
  }
  await stop()
})

/** What Prometheus itself adds. */
const GIVEN = ['instance', 'job', 'le']
const metricsIn = (query: string) => query.match(/\b(?:pforte|process|nodejs)_\w+/g) ?? []

test('There are queries, and every one names a metric of ours or of Prometheus', () => {
  expect(queries.length).toBeGreaterThan(40)
  for (const [where, query] of queries)
    expect([where, metricsIn(query).length > 0 || /^up\{/.test(query)]).toEqual([where, true])
})

test('Every metric that dashboard and alerts name exists', () => {
  const unknown = queries.flatMap(([where, query]) =>
    metricsIn(query).flatMap((name) => (known.has(name) ? [] : [`${where}: ${name}`])),
  )
  expect(unknown).toEqual([])
})

test('Every label that they select, group or show by is one of the metric', () => {
  const wrong = queries.flatMap(([where, query]) => {
    const labels = [...GIVEN, ...metricsIn(query).flatMap((name) => known.get(name) ?? [])]
    const selected = [...query.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
      [...inner.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label = '']) => label),
    )
    const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, inner = '']) => inner.split(/,\s*/))
    return [...selected, ...grouped].filter((label) => !labels.includes(label)).map((l) => `${where}: ${l}`)
  })
  expect(wrong).toEqual([])
})

test('Every label that a legend or a summary shows is one that its query keeps', () => {
  const shown: [string, string, string][] = [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, legendFormat }): [string, string, string] => [title, expr, legendFormat]),
    ),
    ...rules.map(({ alert, expr, annotations }): [string, string, string] => [
      alert,
      expr,
      annotations.summary,
    ]),
  ]
  const wrong = shown.flatMap(([where, query, text]) => {
    const kept = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, inner = '']) => inner.split(/,\s*/))
    const wanted = [...text.matchAll(/\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}/g)].map(([, label = '']) => label)
    return wanted
      .filter((label) => ![...kept, 'instance'].includes(label))
      .map((label) => `${where}: ${label}`)
  })
  expect(wrong).toEqual([])
})

test('Every metric of ours is explained, with its labels, and is on the dashboard', () => {
  const guide = read('README.md')
  const onDashboard = new Set(
    panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr))),
  )
  const base = (name: string): string => name.replace(/_(bucket|count|sum)$/, '')
  const ours = [...known].filter(([name]) => name.startsWith('pforte_'))
  expect(ours.length).toBeGreaterThan(15)
  for (const [name, labels] of ours) {
    const line =
      guide.split('\n').find((one) => one.includes(`\`${base(name)}\``) && one.startsWith('|')) ?? ''
    const family = [...onDashboard].some((one) => base(one) === base(name))
    expect([name, family]).toEqual([name, true])
    const missing = labels.filter((label) => label !== 'le' && !line.includes(`\`${label}\``))
    expect([name, line !== '', missing]).toEqual([name, true, []])
  }
})

test('Panels have ids of their own and fit the grid; alerts say how bad it is', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  for (const { labels } of rules) expect(labels).toHaveProperty('severity')
})
