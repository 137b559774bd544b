// A labelled input with its hint and its complaint. Screen readers read all three, and a complaint brings the focus.
import type { ComponentProps } from 'react'
import { useEffect, useId, useRef, useState } from 'react'

interface Props extends ComponentProps<'input'> {
  readonly label: string
  readonly hint?: string
  readonly complaint?: string | undefined
}

export const Field = ({ label, hint, complaint, type = 'text', ...input }: Props) => {
  const id = useId()
  const field = useRef<HTMLInputElement>(null)
  const [isShown, setIsShown] = useState(false)
  const isPassword = type === 'password'

  useEffect(() => {
    if (complaint) field.current?.focus()
  }, [complaint])

  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          {...input}
          ref={field}
          id={id}
          type={isPassword && isShown ? 'text' : type}
          aria-invalid={complaint ? true : undefined}
          aria-describedby={
            `${complaint ? `${id}-complaint` : ''} ${hint ? `${id}-hint` : ''}`.trim() || undefined
          }
        />
        {isPassword && (
          <button
            type="button"
            className="quiet field-reveal"
            aria-pressed={isShown}
            aria-label={`Show ${label.toLowerCase()}`}
            onClick={() => setIsShown(!isShown)}
          >
            {isShown ? 'Hide' : 'Show'}
          </button>
        )}
      </div>
      {complaint && (
        <p className="complaint" id={`${id}-complaint`}>
          {complaint}
        </p>
      )}
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
