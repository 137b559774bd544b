// GET /revocations: the feed for other services, as server-sent events or in pages. Only for holders of a credential
// that `signet clients create` gave; nothing personal is in it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isOutage } from '../engines/outage.js'
import type { Keyring } from '../keys/keyring.js'
import type { KeySettings } from '../keys/lifecycle.js'
import { challengeFor, readBearer } from '../lib/bearer.js'
import { isUnavailable } from '../lib/errors.js'
import type { ReadFeed } from '../revocation/read.js'
import { toPublicRecord } from '../revocation/read.js'
import { allowsOnlyReading, answerError, answerJson } from './answer.js'
import { readFeedRequest } from './feed-request.js'
import type { FeedStreams } from './feed-streams.js'

/** The path of the feed. */
export const revocationsPath = '/revocations'

interface Needs {
  readonly clients: { find(credential: string): string | null }
  readonly readFeed: ReadFeed
  readonly streams: Pick<FeedStreams, 'open'>
  readonly keyring: Pick<Keyring, 'freshKids'>
  readonly keySettings: Pick<KeySettings, 'accessTokenSeconds'>
}

/** Answers a request for the feed. */
export type RevocationsHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => Promise<void>

const answerLater = (
  response: ServerResponse,
  status: 429 | 503,
  code: string,
  message: string,
  retryAfterSeconds: number,
): void => {
  response.setHeader('retry-after', `${retryAfterSeconds}`)
  answerError(response, status, code, message, { retryAfterSeconds })
}

const sendPage = async (
  { readFeed, keyring, keySettings }: Needs,
  response: ServerResponse,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<void> => {
  const { records, ...piece } = await readFeed({ after, limit })
  answerJson(response, 200, {
    ...piece,
    records: records.map(toPublicRecord),
    kids: keyring.freshKids(),
    accessTokenSeconds: keySettings.accessTokenSeconds,
  })
}

const sendStream = async (
  { streams }: Needs,
  response: ServerResponse,
  clientId: string,
  after: number,
): Promise<void> => {
  if (await streams.open(response, clientId, after)) return
  const message =
    'This credential has as many streams here as it may. Close some, or give each service one of its own.'
  answerLater(response, 429, 'RATE_LIMITED', message, 10)
}

const answer = (
  needs: Needs,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  clientId: string,
): Promise<void> | void => {
  const asked = readFeedRequest(request, url)
  switch (asked.kind) {
    case 'malformed':
      return answerError(response, 400, 'BAD_REQUEST', asked.message)
    case 'stream':
      return sendStream(needs, response, clientId, asked.after)
    case 'page':
      return sendPage(needs, response, asked)
  }
}

/** Makes the handler of /revocations. */
export const createRevocationsHandler =
  (needs: Needs): RevocationsHandler =>
  async (request, response, url) => {
    const bearer = readBearer(request.headersDistinct.authorization ?? [])
    const clientId = bearer.kind === 'token' ? needs.clients.find(bearer.token) : null
    if (clientId === null) {
      response.setHeader('www-authenticate', challengeFor(bearer))
      const message = 'Send a credential of `signet clients create` as a Bearer token.'
      return answerError(response, 401, 'UNAUTHENTICATED', message)
    }
    if (!allowsOnlyReading(request, response)) return
    try {
      await answer(needs, request, response, url, clientId)
    } catch (fault) {
      if (!isOutage(fault) && !isUnavailable(fault)) throw fault
      answerLater(response, 503, 'UNAVAILABLE', 'The feed cannot be read just now. Try again shortly.', 2)
    }
  }
