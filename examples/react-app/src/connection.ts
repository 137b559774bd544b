// Whether Signet can be reached, as far as the browser and the socket know.
import { useSyncExternalStore } from 'react'
import { useSession } from 'signet/client/react'
import { askAgain, socket } from './session'

// The app's own doing, and the two that mean "not with this token": the kit deals with those.
const isExpected = (code: number): boolean => [1000, 4401, 4403].includes(code)

let isConnected = true
let hasMissed = false
const listeners = new Set<() => void>()

const update = (connected: boolean): void => {
  isConnected = connected && navigator.onLine
  for (const listener of listeners) listener()
}

socket.on('connected', () => {
  update(true)
  // Nothing is told of what happened in between.
  if (hasMissed) void askAgain()
  hasMissed = false
})
socket.on('closed', event => {
  const code = event instanceof CloseEvent ? event.code : 1006
  hasMissed = code !== 1000
  update(isExpected(code))
})
addEventListener('offline', () => update(false))
addEventListener('online', () => {
  update(true)
  // It may be dead without knowing it; whoever uses it gets another.
  socket.terminate()
})

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const useIsConnected = (): boolean => {
  const connected = useSyncExternalStore(subscribe, () => isConnected)
  return !useSession().retrying && connected
}
