// A rosette as it is engraved on banknotes, drawn from a text: everybody has their own.
import { useMemo } from 'react'

const hash = (text: string): number => {
  let value = 2166136261
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619)
  return value >>> 0
}

/** A closed line around the middle that swings `swings` times between `radius - depth` and `radius + depth`. */
const wave = (radius: number, depth: number, swings: number, shift: number): string => {
  const steps = Math.max(240, swings * 14)
  const points = Array.from({ length: steps }, (_, step) => {
    const angle = (step / steps) * 2 * Math.PI
    const reach = radius + depth * Math.cos(angle * swings + shift)
    return `${(reach * Math.cos(angle)).toFixed(1)} ${(reach * Math.sin(angle)).toFixed(1)}`
  })
  return `M${points.join('L')}Z`
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

const draw = (seed: string, lines: number): string => {
  const number = hash(seed)
  const petals = 6 + (number % 7)
  const border = petals * (3 + ((number >> 4) % 2))
  const core = 5 + ((number >> 8) % 5)
  return [
    // A woven border, two wreaths of petals through each other, and a core.
    ...range(lines).map(line => wave(84, 14, border, (line / lines) * 2 * Math.PI)),
    ...range(lines).map(line => wave(50 - line * (8 / lines), 16 - line * (20 / lines), petals, 0)),
    ...range(lines).map(line => wave(50 - line * (8 / lines), 16 - line * (20 / lines), petals, Math.PI)),
    ...range(lines).map(line => wave(20 - line * (12 / lines), 9 - line * (4 / lines), core, line / lines)),
  ].join('')
}

interface Props {
  readonly seed: string
  readonly className: string
  /** How fine the engraving is; few for a small one. */
  readonly lines?: number
}

export const Seal = ({ seed, className, lines = 8 }: Props) => {
  const path = useMemo(() => draw(seed, lines), [seed, lines])
  return (
    <svg className={`seal ${className}`} viewBox="-100 -100 200 200" aria-hidden="true">
      <path d={path} />
    </svg>
  )
}
