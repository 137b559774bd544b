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
