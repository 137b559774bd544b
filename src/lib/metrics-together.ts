// Puts together what several processes of one Signet have counted: counts are added up, of a gauge the metric itself says
// what is told (its `aggregator`).
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import { AggregatorRegistry } from 'prom-client'

/** The metrics of a process at a moment, as values that can be sent to another. */
export type Reading = readonly MetricObjectWithValues<MetricValue<string>>[]

/** What is answered to a scrape. */
export interface MetricsPage {
  readonly contentType: string
  readonly text: string
}

/** Makes one reading of several. */
export const putTogether = (readings: readonly Reading[]): Promise<Reading> =>
  AggregatorRegistry.aggregate([...readings]).getMetricsAsJSON()

/** The same as a page. */
export const printTogether = async (readings: readonly Reading[]): Promise<MetricsPage> => {
  const registry = AggregatorRegistry.aggregate([...readings])
  return { contentType: registry.contentType, text: await registry.metrics() }
}

/** What remains of a process that is gone: it holds nothing any more, but what it counted did happen. */
export const keepCounts = (reading: Reading): Reading =>
  // The library declares numbers here, and writes words.
  reading.filter(({ type }) => ['counter', 'histogram'].includes(String(type)))
