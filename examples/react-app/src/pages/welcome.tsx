// What everybody sees who is not signed in: the log-in form, or the one to sign up.
import { useState } from 'react'
import { useSession } from 'signet/client/react'
import { Route, Switch } from 'wouter'
import { Seal } from '../parts/seal'
import type { Ending } from '../words'
import { explainEnd } from '../words'
import { LogIn } from './log-in'
import { SignUp } from './sign-up'

interface Props {
  readonly logoutError: Error | null
}

export const Welcome = ({ logoutError }: Props) => {
  const { reason, retrying } = useSession()
  // Kept here, so that it is still there after going from one form to the other.
  const [email, setEmail] = useState('')

  const ending: Ending | null = logoutError
    ? {
        text: 'You are signed out here, but Signet could not be told yet. It will be when this app is opened the next time.',
        isAlarming: true,
      }
    : retrying
      ? {
          text: 'You are signed out here. Signet cannot be reached right now, and is told as soon as it can.',
        }
      : reason && explainEnd(reason)

  return (
    <div className="welcome">
      <aside className="welcome-art">
        <Seal seed="signet" className="welcome-seal" lines={14} />
        <p className="wordmark">Signet example</p>
        <p className="welcome-line">A session that lasts until it really ends.</p>
      </aside>
      <main className="welcome-form">
        <div role="alert">
          {ending && <p className={`callout ${ending.isAlarming ? 'callout-bad' : ''}`}>{ending.text}</p>}
        </div>
        <Switch>
          <Route path="/sign-up">
            <SignUp email={email} onEmail={setEmail} />
          </Route>
          <Route>
            <LogIn email={email} onEmail={setEmail} />
          </Route>
        </Switch>
      </main>
    </div>
  )
}
