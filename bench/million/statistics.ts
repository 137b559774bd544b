// Figures: what was measured, what it should be, and how lists of measurements become one number.

/** One line of the report. */
export interface Figure {
  readonly part: string
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The most that it may be; none where it is told for information. */
  readonly aim?: number
}

/** The value that this share of the list does not exceed; NaN for an empty list. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The middle one of a list. */
export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** The largest of a list of any length; 0 for an empty one. */
export const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0)

/** Does `one` again and again on so many connections until `isOver`; gives how long each took. */
export const repeat = async (
  connections: number,
  isOver: () => boolean,
  one: () => Promise<{ readonly milliseconds: number }>,
): Promise<number[]> => {
  const times: number[] = []
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!isOver()) times.push((await one()).milliseconds)
    }),
  )
  return times
}

/** Does it so for some seconds. */
export const repeatFor = (
  seconds: number,
  connections: number,
  one: () => Promise<{ readonly milliseconds: number }>,
): Promise<number[]> => {
  const until = performance.now() + seconds * 1000
  return repeat(connections, () => performance.now() >= until, one)
}

/** Starts to count; gives the nanoseconds of processor time that this process has used since. */
export const startCpuWatch = (): (() => number) => {
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) * 1000
  }
}
