// A rosette as it is engraved on banknotes, drawn from a text: everybody has their own.
import { useMemo } from 'react'

const hash = (text: string): number => {
  let value = 2166136261
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619)
  return value >>> 0
}

/** A closed wave around a circle: `petals` of them, in `turns` rounds. */
const wave = (radius: number, depth: number, petals: number, turns: number, shift: number): string => {
  const steps = 90 * turns
  const points = Array.from({ length: steps }, (_, step) => {
    const angle = (step / steps) * 2 * Math.PI * turns
    const reach = radius + depth * Math.cos((angle * petals) / turns + shift)
    return `${(reach * Math.cos(angle)).toFixed(1)} ${(reach * Math.sin(angle)).toFixed(1)}`
  })
  return `M${points.join('L')}Z`
}

const draw = (seed: string): string => {
  const number = hash(seed)
  const petals = 7 + (number % 6)
  const inner = 11 + ((number >> 4) % 8)
  const turns = 4 + ((number >> 8) % 3)
  const rings = [0, 1, 2, 3, 4, 5]
  return [
    ...rings.map(ring => wave(78, 20, petals * turns + 1, turns, (ring * Math.PI) / 3)),
    ...rings.map(ring => wave(38 + ring * 1.2, 16 - ring * 2, inner, 1, ring / 2)),
  ].join('')
}

interface Props {
  readonly seed: string
  readonly className: string
}

export const Seal = ({ seed, className }: Props) => {
  const path = useMemo(() => draw(seed), [seed])
  return (
    <svg className={`seal ${className}`} viewBox="-100 -100 200 200" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
