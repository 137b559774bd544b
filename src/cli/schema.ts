// `signet schema`: the public contract, as text.
import { createSchema, printContract } from '../graphql/schema.js'

/** Prints the schema that Signet serves. */
export const printSchema = (say: (text: string) => void): void => say(printContract(createSchema()).trimEnd())
