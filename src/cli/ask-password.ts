// Asks for a password: at a terminal twice and unseen, else as one line of standard input. With readline itself:
// prompt libraries that admit Node 20 do not end at Ctrl-D or when asked to, and a terminal must get its echo back.

import { createInterface } from 'node:readline'
import { addAbortSignal, Writable } from 'node:stream'
import { StartError } from '../lib/start-error.js'
import type { Interruption } from './interruptible.js'

/** Where the question is asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/** Far beyond the longest password that is taken. */
const maxLineBytes = 4096

const noPassword = (): StartError =>
  new StartError('No password was given: type it when asked at a terminal, or pipe it in as one line.')

/** Asks twice. Throws StartError when there is no answer or another one; rejects when it is interrupted. */
export const askAtTerminal = async (
  { signal, interrupt }: Interruption,
  { input, output }: Terminal,
): Promise<string> => {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  // One reader for both answers, so that two lines pasted at once are two answers.
  const reader = createInterface({ input, output: unseen, terminal: true, historySize: 0, signal })
  reader.on('SIGINT', interrupt)
  const lines = reader[Symbol.asyncIterator]()
  const ask = async (question: string): Promise<string> => {
    output.write(question)
    const answer = await lines.next()
    output.write('\n')
    signal.throwIfAborted()
    // Ctrl-D, or a terminal that went away.
    if (answer.done || answer.value === '') throw noPassword()
    return answer.value
  }
  try {
    const password = await ask('Password: ')
    if ((await ask('The same again: ')) === password) return password
    throw new StartError('The two passwords are not the same; nothing was changed. Try again.')
  } finally {
    reader.close()
  }
}

const decode = (line: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(line).replace(/\r$/, '')
  } catch {
    throw new StartError('The password on standard input is not in UTF-8.')
  }
}

/** Reads one line. Throws StartError when it is empty or cannot be read; rejects when it is interrupted. */
const readLine = async ({ signal }: Interruption, input: NodeJS.ReadStream): Promise<string> => {
  let read = Buffer.alloc(0)
  for await (const chunk of addAbortSignal(signal, input)) {
    read = Buffer.concat([read, Buffer.from(chunk)])
    if (read.includes('\n')) break
    if (read.length > maxLineBytes)
      throw new StartError('The line on standard input is too long for a password.')
  }
  const end = read.indexOf('\n')
  const password = decode(end < 0 ? read : read.subarray(0, end))
  if (password === '') throw noPassword()
  return password
}

/** A new password, from whoever started the command. Throws StartError; rejects when it is interrupted. */
export const askPassword = (interruption: Interruption): Promise<string> => {
  const { stdin, stderr, stdout } = process
  if (!stdin.isTTY) return readLine(interruption, stdin)
  // Standard output is for the result alone, unless the question would not be seen otherwise.
  return askAtTerminal(interruption, { input: stdin, output: stderr.isTTY ? stderr : stdout })
}
