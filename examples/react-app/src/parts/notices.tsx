// What happened while the page was open. Notices stay until they are dismissed: nobody has to read fast.
import type { ReactNode } from 'react'
import { createContext, useCallback, useContext, useState } from 'react'

const NotifyContext = createContext<(text: string) => void>(() => {})

/** Gives what shows, and tells screen readers, a sentence. */
export const useNotify = (): ((text: string) => void) => useContext(NotifyContext)

interface Notice {
  readonly id: number
  readonly text: string
}

/** The notices, above what may make some. */
export const Notices = ({ children }: { readonly children: ReactNode }) => {
  const [notices, setNotices] = useState<readonly Notice[]>([])
  const notify = useCallback(
    (text: string) => setNotices(before => [...before, { id: (before.at(-1)?.id ?? 0) + 1, text }].slice(-3)),
    [],
  )
  const dismiss = (id: number): void => {
    setNotices(before => before.filter(notice => notice.id !== id))
    document.querySelector('h1')?.focus()
  }
  return (
    <NotifyContext value={notify}>
      <div className="notices" role="status">
        {notices.map(({ id, text }) => (
          <p className="callout" key={id}>
            <span>{text}</span>
            <button type="button" className="quiet" aria-label={`Dismiss: ${text}`} onClick={() => dismiss(id)}>
              Dismiss
            </button>
          </p>
        ))}
      </div>
      {children}
    </NotifyContext>
  )
}
