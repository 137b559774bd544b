// What a command says of a fault: one line, whatever happened.
import { isOutage } from '../engines/outage.js'
import { BadInputError, SignetError } from '../lib/errors.js'
import { redact } from '../lib/faults.js'
import { StartError } from '../lib/start-error.js'

/** The fault as a line for the operator, without secrets. */
export const asStartError = (fault: unknown): StartError => {
  if (fault instanceof StartError) return fault
  if (fault instanceof SignetError || fault instanceof BadInputError) return new StartError(fault.message)
  if (isOutage(fault)) {
    return new StartError('The database stopped answering. Run the same again: it tells what was done.')
  }
  const [line] = redact(fault instanceof Error ? fault.message.trim() : String(fault)).split('\n')
  return new StartError(`It did not work: ${line}`, { cause: fault })
}
