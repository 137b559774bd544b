// Where in the source a line of a stack is: the command runs from a few files that everything was put together in, and
// a place in one of those would tell nobody anything. Their maps are read when a fault is told, not at the start.
import { readFileSync } from 'node:fs'
import type { SourceMapping } from 'node:module'
import { SourceMap } from 'node:module'

const folder = new URL('.', import.meta.url).href

const readMap = (url: string): SourceMap | null => {
  try {
    return new SourceMap(JSON.parse(readFileSync(new URL(`${url}.map`), 'utf8')))
  } catch {
    // Without a map the place in the file that runs has to do; what is being told is the fault.
    return null
  }
}

const maps = new Map<string, SourceMap | null>()

const mapOf = (url: string): SourceMap | null => {
  const known = maps.get(url)
  if (known !== undefined) return known
  const read = readMap(url)
  maps.set(url, read)
  return read
}

/** A line of a stack with its place in the source; unchanged where that is not known. */
export const inSource = (line: string): string =>
  line.replace(/(file:\/\/[^\s()]+):(\d+):(\d+)/, (place, url: string, row: string, column: string) => {
    const map = url.startsWith(folder) ? mapOf(url) : null
    const entry: Partial<SourceMapping> = map?.findEntry(Number(row) - 1, Number(column) - 1) ?? {}
    const { originalSource, originalLine = 0, originalColumn = 0 } = entry
    return originalSource === undefined
      ? place
      : `${originalSource.replace(/^(\.\.\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`
  })
