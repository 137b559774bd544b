// Keeps the embedded database running for as long as Signet wants it, and ends all of it after.
import type { ChildProcess } from 'node:child_process'
import { sleep } from '../../lib/clock.js'
import { faultMessage } from '../fault-code.js'
import type { Launch } from './postmaster.js'
import { endCluster, launchPostmaster } from './postmaster.js'

const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 5000
/** A postmaster that ran so long was well: the next pause is the first again. */
const settledMilliseconds = 60_000

/** Keeps one postmaster running until told to stop: starts it anew, with growing pauses, whenever it ends. */
export function supervise(launch: Launch, first: ChildProcess) {
  let child: ChildProcess | null = first
  const stopping = new AbortController()
  const stopped = new Promise(settle => stopping.signal.addEventListener('abort', settle))
  let pause = firstPauseMilliseconds
  const killAtExit = () => void child?.kill('SIGINT')
  process.on('exit', killAtExit)

  const startAgain = async (): Promise<ChildProcess | null> => {
    while (!stopping.signal.aborted) {
      await Promise.race([sleep(pause), stopped])
      pause = Math.min(pause * 2, longestPauseMilliseconds)
      if (stopping.signal.aborted) break
      try {
        return await launchPostmaster(launch)
      } catch (fault) {
        if (!stopping.signal.aborted)
          launch.log.error({ reason: faultMessage(fault) }, 'The embedded database does not start again')
      }
    }
    return null
  }

  const run = async () => {
    while (child !== null && !stopping.signal.aborted) {
      const watched: ChildProcess = child
      const settled = setTimeout(() => {
        pause = firstPauseMilliseconds
      }, settledMilliseconds).unref()
      if (watched.exitCode === null && watched.signalCode === null) {
        await new Promise(settle => watched.once('exit', settle))
      }
      clearTimeout(settled)
      child = null
      if (stopping.signal.aborted) return
      launch.log.warn(
        { code: watched.exitCode, signal: watched.signalCode },
        'The embedded database ended; starting it again',
      )
      child = await startAgain()
    }
  }
  const running = run()

  return {
    pid: () => child?.pid ?? null,
    stop: async () => {
      stopping.abort()
      await endCluster(launch)
      await running
      // One that was about to be started while the others ended.
      await endCluster(launch)
      process.off('exit', killAtExit)
    },
  }
}
