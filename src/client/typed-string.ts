// A GraphQL document as a string that knows what it asks for and what it answers.

/** Text of an operation; the types exist for the compiler alone. */
export type TypedString<Data, Variables> = string & {
  readonly __types?: (variables: Variables) => Data
}
