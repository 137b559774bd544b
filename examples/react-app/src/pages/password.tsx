import { useMutation } from '@apollo/client/react'
import type { SignetUser } from 'signet/client'
import { isSignetError } from 'signet/client'
import { graphql } from '../generated'
import { Field } from '../parts/field'
import { Form, textOf } from '../parts/form'
import { useNotify } from '../parts/notices'
import { Page } from '../parts/page'
import type { Complaint } from '../words'
import { explain } from '../words'

const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      sessionsEnded
    }
  }
`)

const explainHere = (error: Error): Complaint & { readonly isCurrent?: boolean } =>
  isSignetError(error, 'INVALID_CREDENTIALS')
    ? { text: 'This is not your current password.', isCurrent: true }
    : explain(error)

const sayDone = (sessionsEnded: number): string =>
  sessionsEnded === 0
    ? 'Your password is changed.'
    : `Your password is changed, and ${sessionsEnded === 1 ? 'your other device is' : `your ${sessionsEnded} other devices are`} signed out.`

interface Props {
  readonly user: SignetUser
}

export const Password = ({ user }: Props) => {
  const notify = useNotify()
  const [changePassword, { loading, error }] = useMutation(ChangePassword)
  const complaint = error && explainHere(error)

  const submit = (data: FormData, form: HTMLFormElement): void => {
    const input = {
      currentPassword: textOf(data, 'currentPassword'),
      newPassword: textOf(data, 'newPassword'),
    }
    changePassword({ variables: { input } }).then(
      ({ data: answer }) => {
        form.reset()
        notify(sayDone(answer?.changePassword.sessionsEnded ?? 0))
      },
      // What went wrong is in `error`.
      () => {},
    )
  }

  return (
    <Page title="Password" intro="A new password signs you out on all your other devices.">
      <Form
        action="Change password"
        busyAction="Changing…"
        isBusy={loading}
        complaint={complaint?.isCurrent || complaint?.field ? null : complaint?.text}
        onSubmit={submit}
      >
        {/* For password managers, which have to know whose it is. */}
        <input type="email" name="email" autoComplete="username" value={user.email} readOnly hidden />
        <Field
          label="Current password"
          type="password"
          name="currentPassword"
          autoComplete="current-password"
          required
          complaint={complaint?.isCurrent ? complaint.text : undefined}
        />
        <Field
          label="New password"
          type="password"
          name="newPassword"
          autoComplete="new-password"
          required
          hint="Long, and in use nowhere else. A few words are good."
          complaint={complaint?.field ? complaint.text : undefined}
        />
      </Form>
    </Page>
  )
}
