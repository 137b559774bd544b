// Until it is known whether somebody is signed in.
import { useSession } from 'signet/client/react'
import { Seal } from '../parts/seal'

export const Starting = () => {
  const { retrying } = useSession()
  return (
    <main className="starting">
      <title>Signet example</title>
      <Seal seed="signet" className="starting-seal" />
      <h1 className="visually-hidden">Signet example</h1>
      <p role="status">
        {retrying ? 'No connection yet. If you were signed in, you still are: trying again…' : 'One moment…'}
      </p>
    </main>
  )
}
