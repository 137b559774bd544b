// One answer for all who ask at the same moment.

/** Makes a function whose callers, while a call is under way, share its result. */
export const shareCalls = <T>(call: () => Promise<T>): (() => Promise<T>) => {
  let underWay: Promise<T> | null = null
  return () => {
    underWay ??= call().finally(() => {
      underWay = null
    })
    return underWay
  }
}

/**
 * Makes a function that runs one call at a time, for callers who must see what was so when they asked: a call that is
 * under way may have looked too early, so whoever comes meanwhile shares the next one.
 */
export const shareNextCall = (call: () => Promise<void>): (() => Promise<void>) => {
  let underWay: Promise<void> | null = null
  let next: Promise<void> | null = null
  const begin = (): Promise<void> => {
    next = null
    const begun = call().finally(() => {
      if (underWay === begun) underWay = null
    })
    underWay = begun
    return begun
  }
  return () => {
    if (!underWay) return begin()
    next ??= underWay.then(begin, begin)
    return next
  }
}
