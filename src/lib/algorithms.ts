// The closed list of signature algorithms (RFC 8725, section 3.1: the key decides, never the token).

/** Signature algorithms that Signet issues and accepts. */
export const algorithms = ['RS256', 'ES256', 'HS256'] as const

/** One of the accepted signature algorithms. */
export type Algorithm = (typeof algorithms)[number]
