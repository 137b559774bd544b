// A form: what went wrong as a whole, and a button that keeps the focus while it is busy.
import type { ReactNode } from 'react'

interface Props {
  readonly onSubmit: (data: FormData, form: HTMLFormElement) => void
  readonly isBusy: boolean
  readonly action: string
  readonly busyAction: string
  /** About the whole form; what is about a field is said there. */
  readonly complaint?: string | null | undefined
  readonly children: ReactNode
}

export const Form = ({ onSubmit, isBusy, action, busyAction, complaint, children }: Props) => (
  <form
    onSubmit={event => {
      event.preventDefault()
      if (!isBusy) onSubmit(new FormData(event.currentTarget), event.currentTarget)
    }}
  >
    <div role="alert">{complaint && <p className="callout callout-bad">{complaint}</p>}</div>
    {children}
    <button type="submit" className="primary" aria-disabled={isBusy}>
      {isBusy ? busyAction : action}
    </button>
  </form>
)

/** The text in a field. */
export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '')
