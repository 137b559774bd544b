// A page of somebody else's, which tries to use the session of whoever looks at it.
import type { Hostile } from './page-app.js'

/** Submits a form into a frame. */
const submitInFrame = (form: HTMLFormElement): Promise<string> =>
  new Promise(resolve => {
    const frame = document.createElement('iframe')
    frame.name = `frame-${Math.random()}`
    form.target = frame.name
    document.body.append(frame, form)
    const look = (): void => {
      try {
        // Still the empty page of before, or one that this page may read.
        if (frame.contentWindow?.location.href === 'about:blank') setTimeout(look, 5)
        else resolve('readable')
      } catch {
        resolve('opaque')
      }
    }
    form.submit()
    look()
  })

const hostile: Hostile = {
  send: async (url, { body, ...init }) => {
    try {
      const response = await fetch(url, { ...init, credentials: 'include', ...(body !== null && { body }) })
      return response.type === 'opaque' ? 'opaque' : await response.text()
    } catch {
      return 'refused'
    }
  },
  post: (url, { enctype, fields }) => {
    const form = document.createElement('form')
    Object.assign(form, { action: url, method: 'POST', enctype })
    for (const [name, value] of fields) {
      const input = document.createElement('input')
      Object.assign(input, { type: 'hidden', name, value })
      form.append(input)
    }
    return submitInFrame(form)
  },
  takeLock: name =>
    new Promise(resolve => {
      void navigator.locks.request(name, () => {
        resolve()
        return new Promise(() => {})
      })
    }),
  openSocket: url =>
    new Promise(resolve => {
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
      socket.addEventListener('open', () => resolve('opened'))
      socket.addEventListener('close', () => resolve('refused'))
    }),
}
Object.assign(globalThis, { hostile })
