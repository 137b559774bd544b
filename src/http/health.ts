// Health for whoever runs Signet: alive, and ready to take requests.
import type { ServerResponse } from 'node:http'
import { isOutage } from '../engines/outage.js'
import { sleep } from '../lib/clock.js'
import type { Services } from '../services.js'
import { answerJson } from './answer.js'

/** What is known of readiness: starting, running with its services, or draining. */
export type Stage =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly services: Services }
  | { readonly kind: 'stopping' }

// A probe is answered before whoever asks gives up.
const patienceMilliseconds = 1_000

const findFailingPart = async (stage: Stage): Promise<string | null> => {
  if (stage.kind !== 'running') return stage.kind
  const { services } = stage
  try {
    const migrated = await Promise.race([services.isMigrated(), sleep(patienceMilliseconds)])
    if (migrated === undefined) return 'database'
    if (!migrated) return 'migrations'
  } catch (error) {
    return isOutage(error) ? 'database' : 'migrations'
  }
  if (!services.channel.isHeard()) return 'revocations'
  return services.keyring.canSign() ? null : 'signing-key'
}

/** Whether the process runs: always 200. */
export const answerLive = (response: ServerResponse): void => answerJson(response, 200, { status: 'live' })

/** Whether requests should come here: 200, or 503 with the name of the part that fails. */
export const answerReady = async (response: ServerResponse, stage: Stage): Promise<void> => {
  const failing = await findFailingPart(stage)
  if (failing === null) answerJson(response, 200, { status: 'ready' })
  else answerJson(response, 503, { status: 'unready', failing })
}
