// Claims of the operator's own (SIGNET_CLAIMS): a JSON template over a user's id and roles, read once. Nothing in it is
// evaluated: what is not one of a few placeholders is refused, and none of them is personal. docs/claims.md has the rules.
import { roleLimits } from './claims.js'

/** What placeholders stand for. */
export interface ClaimsSubject {
  readonly userId: string
  readonly roles: readonly string[]
}

/** Gives the further claims of a user's access token; none of them is one of Signet's own. */
export type FillClaims = (subject: ClaimsSubject) => Readonly<Record<string, unknown>>

/** How much a template may add to a token: bytes of JSON, for the user with the most and longest roles. */
export const maxClaimsBytes = 3_072

const maxDepth = 8

// Claims that Signet writes, and members of a token's header, which RFC 7519 (section 5.3) lets claims repeat. In lower
// case: some readers do not tell `Roles` from `roles`.
const reservedNames = new Set(
  'iss aud sub sid jti client_id roles rev iat nbf exp alg kid typ cty crit jku jwk x5u x5c x5t x5t#s256 enc zip b64'.split(
    ' ',
  ),
)

class TemplateFault extends Error {}

type Fill = (subject: ClaimsSubject) => unknown

const fullest: ClaimsSubject = (() => {
  const { most, characters, together } = roleLimits
  const share = Math.floor((together - characters) / (most - 1))
  const rest = (together - characters) % (most - 1)
  const lengths = [characters, ...Array.from({ length: most - 1 }, (_, i) => share + (i < rest ? 1 : 0))]
  return { userId: '0'.repeat(36), roles: lengths.map(length => 'r'.repeat(length)) }
})()

const withoutRoles: ClaimsSubject = { userId: fullest.userId, roles: [] }

const placeholder = /^(userId|roles(?: joined|\[0\])?)(?:\|([A-Za-z][\w.:-]{0,63}))?$/

const unknownPlaceholder = (): TemplateFault =>
  new TemplateFault(
    'holds a placeholder that does not exist, or a lone brace. There are {userId}, {roles}, {roles joined} and {roles[0]|user}; none is personal',
  )

const readPlaceholder = (text: string): Fill => {
  const [, name, fallback] = placeholder.exec(text) ?? []
  const rolesOf = ({ roles }: ClaimsSubject): readonly string[] =>
    roles.length > 0 || fallback === undefined ? roles : [fallback]
  if (name === 'userId' && fallback === undefined) return ({ userId }) => userId
  if (name === 'roles') return subject => [...rolesOf(subject)]
  if (name === 'roles joined') return subject => rolesOf(subject).join(' ')
  if (name === 'roles[0]') {
    if (fallback !== undefined) return subject => rolesOf(subject)[0]
    throw new TemplateFault('must say what {roles[0]} is where there are no roles, such as {roles[0]|user}')
  }
  throw unknownPlaceholder()
}

const requireText = (text: string): string => {
  if (text.isWellFormed()) return text
  throw new TemplateFault('holds half of a surrogate pair, which no text has')
}

const compileText = (text: string): Fill => {
  // At odd places: what stands between braces.
  const [first = '', ...more] = requireText(text).split(/\{([^{}]*)\}/)
  if (first === '' && more.length === 2 && more[1] === '') return readPlaceholder(more[0] ?? '')
  const pieces = [first, ...more].map((piece, place) => {
    if (place % 2 === 0) {
      if (/[{}]/.test(piece)) throw unknownPlaceholder()
      return () => piece
    }
    const fill = readPlaceholder(piece)
    if (Array.isArray(fill(withoutRoles))) {
      throw new TemplateFault('holds {roles}, a list, inside a longer text. Write {roles joined} there')
    }
    return fill
  })
  return subject => pieces.map(fill => fill(subject)).join('')
}

const compileNumber = (value: number): Fill => {
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return () => value
  throw new TemplateFault('holds a number that services would not read alike. Write it as a text')
}

const requireName = (name: string): string => {
  if (name in Object.prototype || name === 'prototype') {
    throw new TemplateFault('holds a member named like a part of every object in JavaScript. Rename it')
  }
  if (name.trim() === '') throw new TemplateFault('holds a member without a name')
  if (/[{}]/.test(name)) throw new TemplateFault('holds a placeholder in a name. They stand in values only')
  return requireText(name)
}

const compileMembers = (members: object, depth: number): FillClaims => {
  const fills = Object.entries(members).map(
    ([name, value]) => [requireName(name), compile(value, depth)] as const,
  )
  return subject => Object.fromEntries(fills.map(([name, fill]) => [name, fill(subject)]))
}

const compile = (value: unknown, depth: number): Fill => {
  if (depth > maxDepth) throw new TemplateFault(`is nested more than ${maxDepth} deep`)
  if (typeof value === 'string') return compileText(value)
  if (typeof value === 'number') return compileNumber(value)
  if (typeof value !== 'object' || value === null) return () => value
  if (!Array.isArray(value)) return compileMembers(value, depth + 1)
  const fills = value.map(item => compile(item, depth + 1))
  return subject => fills.map(fill => fill(subject))
}

const readJson = (text: string): object => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const [, position] = /position (\d+)/.exec(String(error)) ?? []
    const place =
      position === undefined ? '' : `. It cannot be read from character ${Number(position) + 1} on`
    throw new TemplateFault(`must be a JSON object${place}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new TemplateFault('must be a JSON object')
}

const compileTemplate = (text: string): FillClaims => {
  const members = readJson(text)
  const reserved = Object.keys(members).find(name => reservedNames.has(name.toLowerCase()))
  if (reserved !== undefined) {
    throw new TemplateFault(`must not set the claim ${reserved}, which is Signet's own or a token's header's`)
  }
  const fill = compileMembers(members, 1)
  if (Buffer.byteLength(JSON.stringify(fill(fullest))) <= maxClaimsBytes) return fill
  throw new TemplateFault(
    `would make tokens too large: for a user with ${roleLimits.most} long roles it gives more than ${maxClaimsBytes} bytes. Use {roles} in fewer places`,
  )
}

/** Reads a template: the claims it gives, or what is wrong with it, without repeating it. */
export const parseClaimsTemplate = (
  text: string,
): { readonly value: FillClaims } | { readonly fault: string } => {
  try {
    return { value: compileTemplate(text) }
  } catch (error) {
    if (error instanceof TemplateFault) return { fault: error.message }
    throw error
  }
}
