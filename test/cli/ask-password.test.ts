// The prompt on streams that stand in for a terminal: what a key sends goes in, what is seen comes out.
import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { askAtTerminal } from '../../src/cli/ask-password.js'

const openTerminal = () => {
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(raw: boolean) {
      input.isRaw = raw
      return input
    },
  })
  let seen = ''
  const output = new PassThrough().on('data', chunk => {
    seen += chunk
  })
  const leaving = new AbortController()
  const interruption = { signal: leaving.signal, interrupt: () => leaving.abort() }
  const asked = (question: string): Promise<void> =>
    new Promise(resolve => {
      const look = () => {
        if (seen.includes(question)) resolve()
        else output.once('data', look)
      }
      look()
    })
  return {
    /** The terminal echoes nothing itself while this is so. */
    isRaw: () => input.isRaw,
    seen: () => seen,
    asked,
    type: (keys: string) => void input.write(keys),
    hangUp: () => void input.end(),
    leave: () => leaving.abort(),
    answer: askAtTerminal(interruption, { input, output }),
  }
}

describe('a password asked at a terminal', () => {
  test('is typed twice, corrected, and seen by nobody', async () => {
    const terminal = openTerminal()
    await terminal.asked('Password: ')
    expect(terminal.isRaw()).toBe(true)
    terminal.type('grüße vom mars')
    terminal.type('x\u007f\r')
    await terminal.asked('The same again: ')
    terminal.type('grüße vom mars\r')
    expect(await terminal.answer).toBe('grüße vom mars')
    expect(terminal.seen()).toBe('Password: \nThe same again: \n')
    expect(terminal.isRaw()).toBe(false)
  })

  test('may be pasted with both its lines at once', async () => {
    const terminal = openTerminal()
    terminal.type('nanoseconds of wire\rnanoseconds of wire\r')
    expect(await terminal.answer).toBe('nanoseconds of wire')
    expect(terminal.seen()).toBe('Password: \nThe same again: \n')
  })

  test('that is another the second time, or none, is refused in words', async () => {
    for (const [keys, words] of [
      ['nanoseconds of wire\rnanoseconds of wine\r', /not the same/],
      ['\r', /No password was given/],
      ['nanoseconds of wire\r\r', /No password was given/],
      ['\u0004', /No password was given/],
    ] as const) {
      const terminal = openTerminal()
      terminal.type(keys)
      await expect(terminal.answer).rejects.toMatchObject({
        name: 'StartError',
        message: expect.stringMatching(words),
      })
      expect(terminal.isRaw()).toBe(false)
    }
  })

  test('is given up with Ctrl-C, by a signal, or with the terminal, which has its echo back then', async () => {
    const aborted = { name: 'AbortError' }
    for (const [give, outcome] of [
      [terminal => terminal.type('nanosec\u0003'), aborted],
      [terminal => terminal.leave(), aborted],
      [terminal => terminal.hangUp(), { name: 'StartError' }],
    ] satisfies [(terminal: ReturnType<typeof openTerminal>) => void, object][]) {
      const terminal = openTerminal()
      await terminal.asked('Password: ')
      give(terminal)
      await expect(terminal.answer).rejects.toMatchObject(outcome)
      expect(terminal.isRaw()).toBe(false)
      expect(terminal.seen()).toBe('Password: \n')
    }
  })
})
