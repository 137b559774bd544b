// What the first process and its workers say to each other, over the channel that node's cluster gives each pair.
import type { PoolConfig } from 'pg'
import type { MetricsPage, Reading } from '../lib/metrics-together.js'

/** What a worker opens its services with. */
export interface Opening {
  /** SIGNET_SECRET. */
  readonly secret: string
  readonly connection: PoolConfig
  /** The port that others listen on; null for the first. */
  readonly port: number | null
}

/** To a worker. */
export type Order =
  | ({ readonly kind: 'open' } & Opening)
  | { readonly kind: 'stop' }
  /** Wants the worker's own metrics. */
  | { readonly kind: 'read'; readonly id: number }
  /** The metrics of all, which the worker wanted. */
  | { readonly kind: 'page'; readonly id: number; readonly page: MetricsPage }

/** From a worker. */
export type Report =
  /** It hears orders from now on; what was said before is lost. */
  | { readonly kind: 'awake' }
  | { readonly kind: 'ready'; readonly url: string; readonly port: number }
  /** It ends; the reason is for the operator. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'reading'; readonly id: number; readonly reading: Reading }
  /** Wants the metrics of all. */
  | { readonly kind: 'print'; readonly id: number }
