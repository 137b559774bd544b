import { useLogin } from 'signet/client/react'
import { Link } from 'wouter'
import { Field } from '../parts/field'
import { Form, textOf } from '../parts/form'
import { Page } from '../parts/page'
import { explain } from '../words'

interface Props {
  readonly email: string
  readonly onEmail: (email: string) => void
}

export const LogIn = ({ email, onEmail }: Props) => {
  const [login, { loading, error }] = useLogin()
  return (
    <Page title="Log in">
      <Form
        action="Log in"
        busyAction="Logging in…"
        isBusy={loading}
        complaint={error && explain(error).text}
        onSubmit={data => void login({ email, password: textOf(data, 'password') })}
      >
        <Field
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={event => onEmail(event.target.value)}
        />
        <Field label="Password" type="password" name="password" autoComplete="current-password" required />
      </Form>
      <p className="aside-link">
        New here? <Link href="/sign-up">Make an account</Link>
      </p>
    </Page>
  )
}
