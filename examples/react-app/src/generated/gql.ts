/* eslint-disable */
import * as types from './graphql.js';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Sessions {\n    sessions {\n      id\n      current\n      userAgent\n      ipAddress\n      createdAt\n      lastUsedAt\n    }\n  }\n": typeof types.SessionsDocument,
    "\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionsEnded\n    }\n  }\n": typeof types.RevokeSessionDocument,
    "\n  mutation LogoutEverywhere {\n    logoutEverywhere {\n      sessionsEnded\n    }\n  }\n": typeof types.LogoutEverywhereDocument,
    "\n  query Profile {\n    me {\n      id\n      name\n      email\n      createdAt\n    }\n  }\n": typeof types.ProfileDocument,
    "\n  query Roles {\n    me {\n      id\n      roles\n    }\n  }\n": typeof types.RolesDocument,
    "\n  query Token {\n    viewer {\n      tokenId\n      issuedAt\n      expiresAt\n    }\n  }\n": typeof types.TokenDocument,
    "\n  query ThisDevice {\n    sessions {\n      id\n      current\n      userAgent\n      expiresAt\n    }\n  }\n": typeof types.ThisDeviceDocument,
    "\n  query DeviceCount {\n    sessions {\n      id\n    }\n  }\n": typeof types.DeviceCountDocument,
    "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      sessionsEnded\n    }\n  }\n": typeof types.ChangePasswordDocument,
    "\n  subscription SessionEvents {\n    sessionEvents {\n      __typename\n      at\n      ... on SignedIn {\n        session {\n          id\n          userAgent\n        }\n      }\n    }\n  }\n": typeof types.SessionEventsDocument,
};
const documents: Documents = {
    "\n  query Sessions {\n    sessions {\n      id\n      current\n      userAgent\n      ipAddress\n      createdAt\n      lastUsedAt\n    }\n  }\n": types.SessionsDocument,
    "\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionsEnded\n    }\n  }\n": types.RevokeSessionDocument,
    "\n  mutation LogoutEverywhere {\n    logoutEverywhere {\n      sessionsEnded\n    }\n  }\n": types.LogoutEverywhereDocument,
    "\n  query Profile {\n    me {\n      id\n      name\n      email\n      createdAt\n    }\n  }\n": types.ProfileDocument,
    "\n  query Roles {\n    me {\n      id\n      roles\n    }\n  }\n": types.RolesDocument,
    "\n  query Token {\n    viewer {\n      tokenId\n      issuedAt\n      expiresAt\n    }\n  }\n": types.TokenDocument,
    "\n  query ThisDevice {\n    sessions {\n      id\n      current\n      userAgent\n      expiresAt\n    }\n  }\n": types.ThisDeviceDocument,
    "\n  query DeviceCount {\n    sessions {\n      id\n    }\n  }\n": types.DeviceCountDocument,
    "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      sessionsEnded\n    }\n  }\n": types.ChangePasswordDocument,
    "\n  subscription SessionEvents {\n    sessionEvents {\n      __typename\n      at\n      ... on SignedIn {\n        session {\n          id\n          userAgent\n        }\n      }\n    }\n  }\n": types.SessionEventsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Sessions {\n    sessions {\n      id\n      current\n      userAgent\n      ipAddress\n      createdAt\n      lastUsedAt\n    }\n  }\n"): (typeof documents)["\n  query Sessions {\n    sessions {\n      id\n      current\n      userAgent\n      ipAddress\n      createdAt\n      lastUsedAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionsEnded\n    }\n  }\n"): (typeof documents)["\n  mutation RevokeSession($input: RevokeSessionInput!) {\n    revokeSession(input: $input) {\n      sessionsEnded\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation LogoutEverywhere {\n    logoutEverywhere {\n      sessionsEnded\n    }\n  }\n"): (typeof documents)["\n  mutation LogoutEverywhere {\n    logoutEverywhere {\n      sessionsEnded\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Profile {\n    me {\n      id\n      name\n      email\n      createdAt\n    }\n  }\n"): (typeof documents)["\n  query Profile {\n    me {\n      id\n      name\n      email\n      createdAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Roles {\n    me {\n      id\n      roles\n    }\n  }\n"): (typeof documents)["\n  query Roles {\n    me {\n      id\n      roles\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Token {\n    viewer {\n      tokenId\n      issuedAt\n      expiresAt\n    }\n  }\n"): (typeof documents)["\n  query Token {\n    viewer {\n      tokenId\n      issuedAt\n      expiresAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ThisDevice {\n    sessions {\n      id\n      current\n      userAgent\n      expiresAt\n    }\n  }\n"): (typeof documents)["\n  query ThisDevice {\n    sessions {\n      id\n      current\n      userAgent\n      expiresAt\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query DeviceCount {\n    sessions {\n      id\n    }\n  }\n"): (typeof documents)["\n  query DeviceCount {\n    sessions {\n      id\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      sessionsEnded\n    }\n  }\n"): (typeof documents)["\n  mutation ChangePassword($input: ChangePasswordInput!) {\n    changePassword(input: $input) {\n      sessionsEnded\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  subscription SessionEvents {\n    sessionEvents {\n      __typename\n      at\n      ... on SignedIn {\n        session {\n          id\n          userAgent\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  subscription SessionEvents {\n    sessionEvents {\n      __typename\n      at\n      ... on SignedIn {\n        session {\n          id\n          userAgent\n        }\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;