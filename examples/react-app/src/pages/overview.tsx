// Five queries, sent at once. Under an expired token they wait for one refresh and are sent again by the kit.
import { useState } from 'react'
import type { SignetUser } from 'signet/client'
import { nameDevice } from '../devices'
import { graphql } from '../generated'
import { Card } from '../parts/card'
import { Page } from '../parts/page'
import { Seal } from '../parts/seal'
import { Ago, Clock, Day } from '../parts/time'
import { askAgain } from '../session'

const Profile = graphql(`
  query Profile {
    me {
      id
      name
      email
      createdAt
    }
  }
`)

const Roles = graphql(`
  query Roles {
    me {
      id
      roles
    }
  }
`)

const Token = graphql(`
  query Token {
    viewer {
      tokenId
      issuedAt
      expiresAt
    }
  }
`)

const ThisDevice = graphql(`
  query ThisDevice {
    sessions {
      id
      current
      userAgent
      expiresAt
    }
  }
`)

const DeviceCount = graphql(`
  query DeviceCount {
    sessions {
      id
    }
  }
`)

/** Two lines as in the machine-readable zone of a passport. */
const machineReadable = ({ id, email, name }: SignetUser): string => {
  const line = (text: string): string =>
    text
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '<')
      .padEnd(44, '<')
      .slice(0, 44)
  return `${line(`Signet<${name ?? email}`)}\n${line(id)}`
}

interface Props {
  readonly user: SignetUser
}

export const Overview = ({ user }: Props) => {
  const [news, setNews] = useState('')
  const ask = async (): Promise<void> => {
    setNews('Asking…')
    await askAgain()
    setNews(`Answered at ${new Date().toLocaleTimeString('en-GB')}.`)
  }
  return (
    <Page
      title={`Hello, ${user.name ?? user.email.split('@')[0]}`}
      intro="Five queries, sent at once. Under an expired token they wait for one refresh."
    >
      <div className="passport">
        <Seal seed={user.id} className="passport-seal" />
        <Card title="Account" query={Profile} className="passport-text">
          {({ me }) =>
            me && (
              <dl>
                <div>
                  <dt>Name</dt>
                  <dd>{me.name ?? 'Not given'}</dd>
                </div>
                <div>
                  <dt>Since</dt>
                  <dd>
                    <Day at={me.createdAt} />
                  </dd>
                </div>
                <div className="wide">
                  <dt>E-mail address</dt>
                  <dd>{me.email}</dd>
                </div>
              </dl>
            )
          }
        </Card>
        <div className="passport-zone" aria-hidden="true">
          <p>{machineReadable(user)}</p>
        </div>
      </div>
      <div className="cards">
        <Card title="Access token" query={Token}>
          {({ viewer }) =>
            viewer && (
              <>
                <p className="figure">
                  <Clock at={viewer.expiresAt} />
                </p>
                <p>
                  is when it expires. Issued <Ago at={viewer.issuedAt} />, and renewed ahead of time.
                </p>
              </>
            )
          }
        </Card>
        <Card title="Roles" query={Roles}>
          {({ me }) =>
            me && (
              <>
                <p className="figure">{me.roles.join(', ') || 'None'}</p>
                <p>What an administrator changes here counts within a second.</p>
              </>
            )
          }
        </Card>
        <Card title="This device" query={ThisDevice}>
          {({ sessions }) => {
            const current = sessions.find(session => session.current)
            return (
              current && (
                <>
                  <p className="figure">{nameDevice(current.userAgent)}</p>
                  <p>
                    Signed in until <Day at={current.expiresAt} /> at the latest.
                  </p>
                </>
              )
            )
          }}
        </Card>
        <Card title="Signed in" query={DeviceCount}>
          {({ sessions }) => (
            <>
              <p className="figure">
                {sessions.length} {sessions.length === 1 ? 'device' : 'devices'}
              </p>
              <p>A sign-in anywhere else shows up here at once.</p>
            </>
          )}
        </Card>
      </div>
      <div className="ask">
        <button type="button" className="secondary" onClick={() => void ask()}>
          Ask all five again
        </button>
        <p role="status">{news}</p>
      </div>
    </Page>
  )
}
