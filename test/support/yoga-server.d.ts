import type { Server } from 'node:http'

/** A service of GraphQL Yoga with one plugin; it does not listen yet. */
export const createYogaServer: (plugin: object, typeDefs: string, resolvers: object) => Server
