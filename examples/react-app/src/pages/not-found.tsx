import { Link } from 'wouter'
import { Page } from '../parts/page'

export const NotFound = () => (
  <Page title="Nothing here" intro="There is no page at this address.">
    <p>
      <Link href="/">Go to the overview</Link>
    </p>
  </Page>
)
