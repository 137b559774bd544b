// One query and its answer: a skeleton while it is under way, what went wrong and a way to try again.
import type { TypedDocumentNode } from '@apollo/client'
import { useQuery } from '@apollo/client/react'
import type { ReactNode } from 'react'
import { explain } from '../words'

interface Props<Data> {
  readonly title: string
  readonly query: TypedDocumentNode<Data, Record<string, never>>
  readonly className?: string
  readonly children: (data: Data) => ReactNode
}

export const Card = <Data,>({ title, query, className = '', children }: Props<Data>) => {
  const { data, error, refetch } = useQuery<Data>(query, { fetchPolicy: 'cache-and-network' })
  return (
    <section className={`card ${className}`} aria-busy={!data && !error}>
      <h2>{title}</h2>
      {data !== undefined ? (
        children(data as Data)
      ) : error ? (
        <p className="card-error">
          {explain(error).text}{' '}
          <button type="button" className="link" onClick={() => void refetch().catch(() => {})}>
            Try again
          </button>
        </p>
      ) : (
        <p className="skeleton">
          <span className="visually-hidden">Loading</span>
        </p>
      )}
    </section>
  )
}
