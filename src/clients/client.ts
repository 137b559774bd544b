// A client is a service that follows the revocation feed.

/** A client, without what proves that it is one. */
export interface Client {
  readonly id: string
  /** For people; it need not be the only one of this name. */
  readonly name: string
  readonly createdAt: Date
  /** From this moment its credential opens nothing. */
  readonly revokedAt: Date | null
}
