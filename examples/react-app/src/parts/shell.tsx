// The frame around every page of a signed-in user: where to go, whether there is a connection, and what has happened.
import type { ReactNode } from 'react'
import type { SignetUser } from 'signet/client'
import { Link, useLocation } from 'wouter'
import { useIsConnected } from '../connection'
import { useSessionEvents } from '../session-events'
import { Notices } from './notices'
import { Seal } from './seal'

const places = [
  ['/', 'Overview'],
  ['/devices', 'Devices'],
  ['/password', 'Password'],
] as const

interface Props {
  readonly user: SignetUser
  readonly onSignOut: () => void
  readonly children: ReactNode
}

export const Shell = ({ user, onSignOut, children }: Props) => {
  const [path] = useLocation()
  const isConnected = useIsConnected()
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the page
      </a>
      <header className="shell-bar">
        <p className="wordmark">
          <Seal seed={user.id} className="wordmark-seal" lines={2} />
          Signet example
        </p>
        <nav aria-label="Pages">
          {places.map(([href, name]) => (
            <Link key={href} href={href} aria-current={path === href ? 'page' : undefined}>
              {name}
            </Link>
          ))}
        </nav>
        <button type="button" className="secondary" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <div className="connection" role="status">
        {!isConnected && <p>No connection. You stay signed in, and this page catches up by itself.</p>}
      </div>
      <main id="content" tabIndex={-1}>
        <Notices>
          <SessionEvents />
          {children}
        </Notices>
      </main>
    </div>
  )
}

const SessionEvents = (): null => {
  useSessionEvents()
  return null
}
