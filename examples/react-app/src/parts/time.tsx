// Moments in words; the exact one is in the title.

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** Such as "3 minutes ago" or "in 2 days". */
const describe = (moment: Date): string => {
  const seconds = (moment.getTime() - Date.now()) / 1000
  const [unit, length] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 0]
  return unit === 'second' ? 'just now' : relative.format(Math.round(seconds / length), unit)
}

export const Ago = ({ at }: { readonly at: string }) => {
  const moment = new Date(at)
  return (
    <time dateTime={at} title={moment.toLocaleString('en')}>
      {describe(moment)}
    </time>
  )
}

export const Day = ({ at }: { readonly at: string }) => (
  <time dateTime={at}>{new Date(at).toLocaleDateString('en', { dateStyle: 'long' })}</time>
)

export const Clock = ({ at }: { readonly at: string }) => (
  <time dateTime={at}>{new Date(at).toLocaleTimeString('en-GB')}</time>
)
