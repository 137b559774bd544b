import { isSignetError } from 'signet/client'
import { useSignup } from 'signet/client/react'
import { Link } from 'wouter'
import { Field } from '../parts/field'
import { Form, textOf } from '../parts/form'
import { Page } from '../parts/page'
import { explain } from '../words'

interface Props {
  readonly email: string
  readonly onEmail: (email: string) => void
}

export const SignUp = ({ email, onEmail }: Props) => {
  const [signup, { loading, error }] = useSignup()
  const complaint = error && explain(error)
  const about = (field: 'email' | 'password') => (complaint?.field === field ? complaint.text : undefined)

  const submit = (data: FormData): void => {
    const name = textOf(data, 'name').trim()
    void signup({ email, password: textOf(data, 'password'), ...(name && { name }) })
  }

  return (
    <Page title="Make an account">
      <Form
        action="Sign up"
        busyAction="Signing up…"
        isBusy={loading}
        complaint={complaint?.field ? null : complaint?.text}
        onSubmit={submit}
      >
        <Field label="Name" name="name" autoComplete="name" hint="What you want to be called, if you like." />
        <Field
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={event => onEmail(event.target.value)}
          complaint={about('email')}
        />
        {isSignetError(error, 'EMAIL_TAKEN') && (
          <p className="aside-link">
            Is it yours? <Link href="/">Log in with it</Link>
          </p>
        )}
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          required
          hint="Long, and in use nowhere else. A few words are good."
          complaint={about('password')}
        />
      </Form>
      <p className="aside-link">
        Been here before? <Link href="/">Log in</Link>
      </p>
    </Page>
  )
}
