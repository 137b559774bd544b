// How much is measured; each of these shrinks a run.

const number = (name, usual) => Number(process.env[name] ?? usual)

/** Process starts, rounds in each, seconds of each measurement, of waking before it and of warming up, and rows in the tables. */
export const settings = {
  starts: number('BENCH_STARTS', 3),
  rounds: number('BENCH_ROUNDS', 5),
  seconds: number('BENCH_SECONDS', 2),
  wakeSeconds: number('BENCH_WAKE_SECONDS', 0.5),
  warmSeconds: number('BENCH_WARM_SECONDS', 5),
  sessions: number('BENCH_SESSIONS', 1_000_000),
  manySessions: number('BENCH_MANY_SESSIONS', 5_000_000),
  revocations: number('BENCH_REVOCATIONS', 1_000_000),
}

/** Connections of the load. */
export const connections = 16
