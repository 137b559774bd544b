// Who sees what. While nobody is signed in every address shows the log-in form, and stays as it is: so whoever logs in
// arrives where they wanted to go.
import { useEffect, useRef } from 'react'
import { SignedIn, SignedOut, useLogout, useSession } from 'signet/client/react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { Devices } from './pages/devices'
import { NotFound } from './pages/not-found'
import { Overview } from './pages/overview'
import { Password } from './pages/password'
import { Starting } from './pages/starting'
import { Welcome } from './pages/welcome'
import { Shell } from './parts/shell'

/** After a change of page the heading has the focus: the next Tab goes on from there, and screen readers read it. */
const useFocusOnHeading = (): void => {
  const [path] = useLocation()
  const { status } = useSession()
  const page = status === 'loading' ? null : `${status} ${path}`
  const before = useRef(page)
  useEffect(() => {
    if (before.current === page) return
    if (before.current) document.querySelector('h1')?.focus()
    before.current = page
  }, [page])
}

export const App = () => {
  // Here, for it outlives the page that it was called from.
  const [logout, { error: logoutError }] = useLogout()
  useFocusOnHeading()
  return (
    <>
      <SignedIn loading={<Starting />}>
        {user => (
          <Shell user={user} onSignOut={() => void logout()}>
            <Switch>
              <Route path="/">
                <Overview user={user} />
              </Route>
              <Route path="/devices">
                <Devices onSignOut={() => void logout()} />
              </Route>
              <Route path="/password">
                <Password user={user} />
              </Route>
              <Route path="/sign-up">
                <Redirect to="/" replace />
              </Route>
              <Route>
                <NotFound />
              </Route>
            </Switch>
          </Shell>
        )}
      </SignedIn>
      <SignedOut>
        <Welcome logoutError={logoutError} />
      </SignedOut>
    </>
  )
}
