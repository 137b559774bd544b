// A map of bounded size that keeps what was used lately.

/** A map that forgets. */
export interface RecentMap<Key, Value extends object> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
}

/**
 * Makes a map of at most so many entries, or so much of what `weigh` says of each. It has two generations: when the younger is
 * full the older is dropped whole, so that what is asked for more often than that stays.
 */
export const createRecentMap = <Key, Value extends object>(
  most: number,
  weigh: (key: Key, value: Value) => number = () => 1,
): RecentMap<Key, Value> => {
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()
  let weight = 0

  const set = (key: Key, value: Value): void => {
    if (weight >= most / 2) {
      old = young
      young = new Map()
      weight = 0
    }
    const before = young.get(key)
    weight += weigh(key, value) - (before ? weigh(key, before) : 0)
    young.set(key, value)
  }

  return {
    get: key => {
      const value = young.get(key)
      if (value) return value
      const older = old.get(key)
      if (older) set(key, older)
      return older
    },
    set,
    delete: key => {
      young.delete(key)
      old.delete(key)
    },
  }
}
