// A page: its title, and the heading that gets the focus when the page opens.
import type { ReactNode } from 'react'

interface Props {
  readonly title: string
  readonly intro?: ReactNode
  readonly children?: ReactNode
}

export const Page = ({ title, intro, children }: Props) => (
  <>
    <title>{`${title} · Signet example`}</title>
    <header className="page-header">
      <h1 tabIndex={-1}>{title}</h1>
      {intro && <p>{intro}</p>}
    </header>
    {children}
  </>
)
