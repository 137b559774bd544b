// Reads what a fault of Node's says. Not by `instanceof Error`: under jest, Node's own errors are of another realm.

const hold = (fault: unknown): { code?: unknown; syscall?: unknown; path?: unknown; message?: unknown } =>
  typeof fault === 'object' && fault !== null ? fault : {}

/** The system's code of a fault (ENOENT, EACCES, …), or undefined. */
export const faultCode = (fault: unknown): unknown => hold(fault).code

/** The system call that failed ("spawn /usr/bin/x", "mkdir"), or nothing. */
export const faultSyscall = (fault: unknown): string => String(hold(fault).syscall ?? '')

/** The path that a fault is about, or nothing. */
export const faultPath = (fault: unknown): string => String(hold(fault).path ?? '')

/** What a fault says, in one line. */
export const faultMessage = (fault: unknown): string => String(hold(fault).message ?? fault)
