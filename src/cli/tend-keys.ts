// Looks after the signing keys for as long as Signet runs: does what is due. What others change is heard by notice. Not all at the same moment: of many instances that begin a rotation all but one make a key for nothing.
import { randomInt } from 'node:crypto'
import type { Keyring } from '../keys/keyring.js'
import type { KeySettings } from '../keys/lifecycle.js'
import { describeFault } from '../lib/faults.js'
import type { Log } from '../lib/log.js'

interface Needs {
  readonly log: Log
  readonly keyring: Pick<Keyring, 'tend'>
  readonly keySettings: KeySettings
}

/** A thirtieth of a max-age, from a quarter of a second to ten seconds, a third more or less by chance. */
const pauseMilliseconds = ({ jwksMaxAgeSeconds }: KeySettings): number => {
  const usual = Math.round(Math.min(10_000, Math.max(250, (jwksMaxAgeSeconds * 1000) / 30)))
  return randomInt(Math.round((usual * 2) / 3), Math.round((usual * 4) / 3))
}

/** Begins; resolves, once stopped, when nothing is under way. */
export const tendKeysRegularly = ({ log, keyring, keySettings }: Needs): (() => Promise<void>) => {
  let isStopped = false
  let underWay: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout
  const wait = (): void => {
    timer = setTimeout(() => {
      underWay = keyring
        .tend()
        .catch((error: unknown) =>
          log.warn({ fault: describeFault(error) }, 'the signing keys could not be looked after'),
        )
        .then(() => {
          if (!isStopped) wait()
        })
    }, pauseMilliseconds(keySettings))
  }
  wait()
  return () => {
    isStopped = true
    clearTimeout(timer)
    return underWay
  }
}
