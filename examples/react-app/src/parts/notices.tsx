// What happened while the page was open. Notices stay as long as the page, or until they are dismissed: nobody has to
// read fast. With the page they are gone for good.
import type { ReactNode } from 'react'
import { createContext, useCallback, useContext, useState } from 'react'
import { useLocation } from 'wouter'

const NotifyContext = createContext<(text: string) => void>(() => {})

/** Gives what shows, and tells screen readers, a sentence. */
export const useNotify = (): ((text: string) => void) => useContext(NotifyContext)

interface Notice {
  readonly id: number
  readonly text: string
}

/** The notices, above what may make some. */
export const Notices = ({ children }: { readonly children: ReactNode }) => {
  const [path] = useLocation()
  const [notices, setNotices] = useState<readonly Notice[]>([])
  const [pathBefore, setPathBefore] = useState(path)
  if (path !== pathBefore) {
    setPathBefore(path)
    setNotices([])
  }
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
            <button
              type="button"
              className="quiet"
              aria-label={`Dismiss: ${text}`}
              onClick={() => dismiss(id)}
            >
              Dismiss
            </button>
          </p>
        ))}
      </div>
      {children}
    </NotifyContext>
  )
}
