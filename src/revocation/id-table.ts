// A map from UUIDs to revocations that takes about 50 bytes an entry and that the garbage collector never walks: open
// addressing over typed arrays, in 256 parts, so that growing or clearing one of them takes a fraction of a millisecond.

/** What the table holds of a record. Times in milliseconds since 1970. */
export interface Entry {
  readonly number: number
  /** The caller's own code for the reason, 0 to 255. */
  readonly reason: number
  readonly revokedAt: number
  readonly expiresAt: number
}

/** The 128 bits of a UUID, as four unsigned integers. */
export type IdWords = readonly [number, number, number, number]

/** A compact map from UUIDs to entries. */
export interface IdTable {
  readonly size: () => number
  /** Keeps an entry; of two with one id, the one with the higher number stays. */
  set(id: IdWords, entry: Entry): void
  find(id: IdWords): Entry | null
  /** Forgets what expired, in the next of 256 parts; called 256 times it has been through all of them. */
  purgeNextPart(now: number): void
}

interface Part {
  readonly capacity: number
  readonly numbers: Float64Array
  readonly revokedAt: Float64Array
  readonly ids: Uint32Array
  /** In whole seconds, rounded up; 0 marks a free slot. */
  readonly expiries: Uint32Array
  readonly reasons: Uint8Array
  used: number
}

const parts = 256
const leastCapacity = 16
const mostLoad = 0.85
const growth = 1.25

// The value of a hexadecimal digit by its character code; Number.parseInt on slices takes six times as long.
const digits = new Int8Array(128).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value
  digits[digit.toUpperCase().charCodeAt(0)] = value
}

/** The 16 bits that four hexadecimal digits write; negative where one of them is none. */
const quarter = (text: string, from: number): number => {
  let value = 0
  for (let index = from; index < from + 4; index++) {
    value = (value << 4) | (digits[text.charCodeAt(index)] ?? -1)
  }
  return value
}

/** Reads a UUID; null when the text is none. */
export const idWords = (text: string): IdWords | null => {
  if (text.length !== 36) return null
  const [a, b, c, d] = [quarter(text, 0), quarter(text, 4), quarter(text, 9), quarter(text, 14)]
  const [e, f, g, h] = [quarter(text, 19), quarter(text, 24), quarter(text, 28), quarter(text, 32)]
  if ((a | b | c | d | e | f | g | h) < 0) return null
  return [a * 0x10000 + b, c * 0x10000 + d, e * 0x10000 + f, g * 0x10000 + h]
}

const createPart = (capacity: number): Part => ({
  capacity,
  numbers: new Float64Array(capacity),
  revokedAt: new Float64Array(capacity),
  ids: new Uint32Array(capacity * 4),
  expiries: new Uint32Array(capacity),
  reasons: new Uint8Array(capacity),
  used: 0,
})

// The ids are UUIDs that Signet made: their last bits are random, and nobody can choose them to collide.
const partOf = ([, , c]: IdWords): number => c % parts

/** The slot of an id, or the free one where it would stand. */
const slotOf = ({ capacity, ids, expiries }: Part, [a, b, c, d]: IdWords): number => {
  for (let slot = d % capacity; ; slot = slot + 1 === capacity ? 0 : slot + 1) {
    if (expiries[slot] === 0) return slot
    const at = slot * 4
    if (ids[at + 3] === d && ids[at + 2] === c && ids[at + 1] === b && ids[at] === a) return slot
  }
}

const entryAt = ({ numbers, reasons, revokedAt, expiries }: Part, slot: number): Entry | null => {
  const expiry = expiries[slot] ?? 0
  if (expiry === 0) return null
  return {
    number: numbers[slot] ?? 0,
    reason: reasons[slot] ?? 0,
    revokedAt: revokedAt[slot] ?? 0,
    expiresAt: expiry * 1000,
  }
}

const idAt = ({ ids }: Part, slot: number): IdWords => {
  const at = slot * 4
  return [ids[at] ?? 0, ids[at + 1] ?? 0, ids[at + 2] ?? 0, ids[at + 3] ?? 0]
}

const put = (part: Part, id: IdWords, entry: Entry): void => {
  const slot = slotOf(part, id)
  if (part.expiries[slot] === 0) part.used++
  else if ((part.numbers[slot] ?? 0) > entry.number) return
  // One by one: TypedArray.set from an array takes longer than all the rest of this.
  const at = slot * 4
  part.ids[at] = id[0]
  part.ids[at + 1] = id[1]
  part.ids[at + 2] = id[2]
  part.ids[at + 3] = id[3]
  part.numbers[slot] = entry.number
  part.reasons[slot] = entry.reason
  part.revokedAt[slot] = entry.revokedAt
  part.expiries[slot] = Math.ceil(entry.expiresAt / 1000)
}

/** The part anew, with room for so many, and without what has expired. */
const rebuild = (part: Part, capacity: number, now: number): Part => {
  const fresh = createPart(capacity)
  for (let slot = 0; slot < part.capacity; slot++) {
    const entry = entryAt(part, slot)
    if (!entry || entry.expiresAt <= now) continue
    put(fresh, idAt(part, slot), entry)
  }
  return fresh
}

const hasExpired = ({ expiries }: Part, now: number): boolean =>
  expiries.some(expiry => expiry !== 0 && expiry * 1000 <= now)

/** Creates an empty table. */
export const createIdTable = (): IdTable => {
  const table: (Part | null)[] = new Array<Part | null>(parts).fill(null)
  let size = 0
  let nextPart = 0

  return {
    size: () => size,
    set: (id, entry) => {
      const index = partOf(id)
      let part = table[index] ?? createPart(leastCapacity)
      if (part.used + 1 > part.capacity * mostLoad) part = rebuild(part, Math.ceil(part.capacity * growth), 0)
      const before = part.used
      put(part, id, entry)
      size += part.used - before
      table[index] = part
    },
    find: id => {
      const part = table[partOf(id)]
      return part ? entryAt(part, slotOf(part, id)) : null
    },
    purgeNextPart: now => {
      const part = table[nextPart]
      if (part && hasExpired(part, now)) {
        const left = rebuild(part, part.capacity, now)
        size -= part.used - left.used
        // What a storm of revocations needed is given back when it is over.
        const needed = Math.ceil(left.used / mostLoad) + 1
        table[nextPart] =
          left.used === 0
            ? null
            : needed * 2 < left.capacity
              ? rebuild(left, Math.max(needed, leastCapacity), now)
              : left
      }
      nextPart = (nextPart + 1) % parts
    },
  }
}
