// Parsers of configuration values. A fault says what is wrong and never repeats the value: it may be a secret.
import { resolve } from 'node:path'

/** A parsed value, or what is wrong with the text. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string }

/** Reads one kind of value. */
export type Parse<T> = (text: string) => Parsed<T>

const fault = (text: string): { fault: string } => ({ fault: text })

/** A whole number within bounds. */
export const wholeNumber =
  (least: number, most: number): Parse<number> =>
  text => {
    const value = Number(text)
    return /^\d{1,10}$/.test(text) && value >= least && value <= most
      ? { value }
      : fault(`must be a whole number from ${least} to ${most}`)
  }

/** One of a few words. */
export const oneOf =
  <T extends string>(...words: readonly T[]): Parse<T> =>
  text => {
    const value = words.find(word => word === text)
    return value === undefined ? fault(`must be one of ${words.join(', ')}`) : { value }
  }

/** Where to listen: a port, on loopback, or an address and a port; an IPv6 address in brackets. */
export const listenAddress: Parse<{ readonly host: string; readonly port: number }> = text => {
  const [, v6, name, digits = ''] = /^(?:(?:\[([\da-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits)
  return digits !== '' && port <= 65_535
    ? { value: { host: v6 ?? name ?? '127.0.0.1', port } }
    : fault('must be a port, or an address and a port (an IPv6 address in brackets)')
}

/** `on` or `off`. */
export const onOff: Parse<boolean> = text =>
  text === 'on' || text === 'off' ? { value: text === 'on' } : fault('must be on or off')

/** A folder, made absolute from where the process was started. */
export const folder: Parse<string> = text =>
  text.includes('\0') ? fault('must be a path') : { value: resolve(text) }

/** Any text without white space or control characters. */
export const word: Parse<string> = text =>
  /^[^\s\p{Cc}]+$/u.test(text) ? { value: text } : fault('must be a text without spaces')

/** Words separated by commas, at least one. */
export const words: Parse<readonly string[]> = text => {
  const list = text.split(',').map(part => part.trim())
  return list.every(part => 'value' in word(part))
    ? { value: [...new Set(list)] }
    : fault('must be one or more texts without spaces, separated by commas')
}

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null)

const isWeb = (url: URL): boolean => url.protocol === 'https:' || url.protocol === 'http:'

/** An http(s) address without credentials, query or fragment; a slash at its end is dropped. */
export const webAddress: Parse<string> = text => {
  const url = parseUrl(text)
  if (!url || !isWeb(url) || url.username || url.password || /[?#]/.test(text)) {
    return fault('must be an http or https address without user, query or fragment')
  }
  return { value: url.href.replace(/\/+$/, '') }
}

/** Exact origins separated by commas. */
export const origins: Parse<readonly string[]> = text => {
  const list = text.split(',').map(part => part.trim())
  const wrong = list.find(origin => {
    const url = parseUrl(origin)
    return !url || !isWeb(url) || url.origin !== origin
  })
  return wrong === undefined
    ? { value: [...new Set(list)] }
    : fault(
        'must be exact origins (scheme, host and port; no path, no final slash, no *), separated by commas',
      )
}

/** A PostgreSQL connection address. */
export const postgresAddress: Parse<string> = text => {
  const url = parseUrl(text)
  if (!url || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) {
    return fault('must be a PostgreSQL address with a database name')
  }
  return (url.searchParams.get('schema') ?? 'public') === 'public'
    ? { value: text }
    : fault('must not name a schema: Signet keeps its tables in public, so give it a database of its own')
}

/** A Redis address. */
export const redisAddress: Parse<string> = text => {
  const url = parseUrl(text)
  return url && /^rediss?:$/.test(url.protocol) && url.hostname !== ''
    ? { value: text }
    : fault('must be an address of the form redis://host:port, or rediss:// for TLS')
}

// Parts of sample values in manuals, tutorials and framework templates: whoever copies one shares it with the world.
const wellKnown =
  /secret|password|change.?me|example|sample|replace|insecure|default|signet|qwerty|abcdefg|12345678|your.?256|keyboard.?cat|correct.?horse|battery.?staple/i

const shortestPeriod = (text: string): number => (text + text).indexOf(text, 1)

/** A secret of at least 256 bits: 43 characters of base64, 64 of hex, or 32 bytes of wider text. */
export const strongSecret: Parse<string> = text => {
  const bytes = /^[0-9a-f]+$/i.test(text)
    ? text.length / 2
    : /^[\w+/-]+=*$/.test(text)
      ? (text.replace(/=+$/, '').length * 3) / 4
      : Buffer.byteLength(text)
  if (bytes < 32) {
    return fault('is too short: it must hold at least 32 random bytes (64 characters of hex, 43 of base64)')
  }
  if (shortestPeriod(text) < text.length || new Set(text).size < 10) return fault('repeats itself')
  if (wellKnown.test(text)) return fault('is a well-known or sample value')
  return { value: text }
}
