import { useMutation, useQuery } from '@apollo/client/react'
import { useState } from 'react'
import { nameDevice } from '../devices'
import { graphql } from '../generated'
import type { SessionsQuery } from '../generated/graphql'
import { AskedBack } from '../parts/asked-back'
import { useNotify } from '../parts/notices'
import { Page } from '../parts/page'
import { Ago, Day } from '../parts/time'
import { explain } from '../words'

const Sessions = graphql(`
  query Sessions {
    sessions {
      id
      current
      userAgent
      ipAddress
      createdAt
      lastUsedAt
    }
  }
`)

const RevokeSession = graphql(`
  mutation RevokeSession($input: RevokeSessionInput!) {
    revokeSession(input: $input) {
      sessionsEnded
    }
  }
`)

const LogoutEverywhere = graphql(`
  mutation LogoutEverywhere {
    logoutEverywhere {
      sessionsEnded
    }
  }
`)

type Session = SessionsQuery['sessions'][number]

interface DeviceProps {
  readonly session: Session
  readonly onSignOut: () => void
}

const Device = ({ session, onSignOut }: DeviceProps) => {
  const name = nameDevice(session.userAgent)
  return (
    <li className="device">
      <div>
        <h2>
          {name} {session.current && <span className="badge">This device</span>}
        </h2>
        <p>
          Last used <Ago at={session.lastUsedAt} />
          {session.ipAddress && (
            <>
              {' '}
              from <span className="data">{session.ipAddress}</span>
            </>
          )}
          . Signed in on <Day at={session.createdAt} />.
        </p>
      </div>
      {!session.current && (
        <button type="button" className="secondary" aria-label={`Sign out ${name}`} onClick={onSignOut}>
          Sign out
        </button>
      )}
    </li>
  )
}

interface Props {
  readonly onSignOut: () => void
}

export const Devices = ({ onSignOut }: Props) => {
  const notify = useNotify()
  const { data, error, refetch } = useQuery(Sessions, { fetchPolicy: 'cache-and-network' })
  const [revokeSession] = useMutation(RevokeSession)
  const [logoutEverywhere] = useMutation(LogoutEverywhere)
  const [complaint, setComplaint] = useState('')
  const sayWhy = (fault: unknown): void => setComplaint(explain(fault).text)

  const signOut = async ({ id, userAgent }: Session): Promise<void> => {
    setComplaint('')
    await revokeSession({ variables: { input: { sessionId: id } } })
    await refetch()
    notify(`${nameDevice(userAgent)} is signed out.`)
    // Its button is gone.
    document.querySelector('h1')?.focus()
  }
  const signOutEverywhere = async (): Promise<void> => {
    setComplaint('')
    await logoutEverywhere()
    onSignOut()
  }

  return (
    <Page
      title="Devices"
      intro="Everywhere you are signed in. What you sign out here is out within a second."
    >
      <div role="alert">{complaint && <p className="callout callout-bad">{complaint}</p>}</div>
      {error && !data && (
        <p className="callout callout-bad">
          <span>{explain(error).text}</span>
          <button type="button" className="quiet" onClick={() => void refetch().catch(() => {})}>
            Try again
          </button>
        </p>
      )}
      <ul className="devices" aria-busy={!data && !error}>
        {!data && !error && <li className="device skeleton" aria-label="Loading" />}
        {data?.sessions.map(session => (
          <Device key={session.id} session={session} onSignOut={() => void signOut(session).catch(sayWhy)} />
        ))}
      </ul>
      {data?.sessions.length === 1 && (
        <p className="empty">Nowhere else. Log in with another browser, and it appears here by itself.</p>
      )}
      <section className="everywhere">
        <div>
          <h2>Sign out everywhere</h2>
          <p>Ends every session of yours, this one too.</p>
        </div>
        <AskedBack
          action="Sign out everywhere"
          question="Sign out everywhere?"
          onConfirm={() => void signOutEverywhere().catch(sayWhy)}
        >
          You will have to log in again on each of your devices, this one too.
        </AskedBack>
      </section>
    </Page>
  )
}
