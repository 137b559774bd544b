// Where a Signet without SIGNET_PUBLIC_URL is reached.

/** The address of what listens there, without a final slash: one that a browser takes. */
export const addressOf = (host: string, port: number): string => {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
