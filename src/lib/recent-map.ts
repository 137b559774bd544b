// A map of bounded size that keeps what was used lately.

/** A map that forgets. */
export interface RecentMap<Key, Value extends object> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
}

/**
 * Makes a map of at most so many entries. It has two generations: when the younger is full the older is dropped whole, so
 * that what is asked for stays, and no stream of new keys drives it out.
 */
export const createRecentMap = <Key, Value extends object>(most: number): RecentMap<Key, Value> => {
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()

  const set = (key: Key, value: Value): void => {
    if (young.size >= most / 2) {
      old = young
      young = new Map()
    }
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
