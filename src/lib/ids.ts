// Identifiers: UUID version 7 (RFC 9562), so that rows made one after the other lie side by side in an index.
import { v7, validate } from 'uuid'

/** A new id. */
export const newId = (): string => v7()

/** Whether a text is an id in its one canonical form, lower case: two texts of one id could pass for two users. */
export const isId = (text: string): boolean => validate(text) && text === text.toLowerCase()
