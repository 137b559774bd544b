// What a document may be at most, whichever way it comes.
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import type { ASTVisitor, ValidationContext } from 'graphql'
import { GraphQLError } from 'graphql'

const maxDepth = 10

/** For the parser. */
export const parseLimits = { maxTokens: 1_000 } as const

/** The validation rule of the most levels. */
export const limitDepth = (context: ValidationContext): ASTVisitor =>
  maxDepthRule({
    n: maxDepth,
    flattenFragments: true,
    ignoreIntrospection: true,
    propagateOnRejection: false,
    onReject: [
      (_, error) =>
        context.reportError(
          new GraphQLError(error.message.replace('Syntax Error: ', ''), { nodes: error.nodes ?? null }),
        ),
    ],
  })(context)
