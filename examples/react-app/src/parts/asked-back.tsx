// A button for what cannot be taken back: it asks first. The browser's own dialog keeps the focus, closes at Escape and
// puts what is behind it out of reach, for screen readers too; then the focus is where it was.
import type { ReactNode } from 'react'
import { useId, useRef } from 'react'

interface Props {
  readonly action: string
  readonly question: string
  /** What comes of it. */
  readonly children: ReactNode
  readonly onConfirm: () => void
}

export const AskedBack = ({ action, question, children, onConfirm }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  const close = (): void => dialog.current?.close()
  return (
    <>
      <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
        {action}
      </button>
      <dialog ref={dialog} aria-labelledby={`${id}-question`} aria-describedby={`${id}-consequence`}>
        <h2 id={`${id}-question`}>{question}</h2>
        <p id={`${id}-consequence`}>{children}</p>
        <div className="dialog-buttons">
          {/* The first one has the focus: whoever presses Enter too fast has done nothing. */}
          <button type="button" className="secondary" onClick={close}>
            Cancel
          </button>
          <button
            type="button"
            className="danger"
            onClick={() => {
              close()
              onConfirm()
            }}
          >
            {action}
          </button>
        </div>
      </dialog>
    </>
  )
}
