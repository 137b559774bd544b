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
    "fragment Tokens on AuthPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n  session {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}\n\nmutation Signup($input: SignupInput!) {\n  signup(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Login($input: LoginInput!) {\n  login(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Refresh($input: RefreshInput) {\n  refresh(input: $input) {\n    ...Tokens\n  }\n}\n\nmutation Logout($input: LogoutInput) {\n  logout(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation LogoutEverywhere {\n  logoutEverywhere {\n    sessionsEnded\n  }\n}\n\nmutation RevokeSession($input: RevokeSessionInput!) {\n  revokeSession(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation ChangePassword($input: ChangePasswordInput!) {\n  changePassword(input: $input) {\n    sessionsEnded\n    user {\n      id\n      email\n    }\n  }\n}\n\nquery Me {\n  me {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n}\n\nquery Viewer {\n  viewer {\n    userId\n    sessionId\n    roles\n    tokenId\n    issuedAt\n    expiresAt\n  }\n}\n\nquery Sessions {\n  sessions {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}": typeof types.TokensFragmentDoc,
};
const documents: Documents = {
    "fragment Tokens on AuthPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n  session {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}\n\nmutation Signup($input: SignupInput!) {\n  signup(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Login($input: LoginInput!) {\n  login(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Refresh($input: RefreshInput) {\n  refresh(input: $input) {\n    ...Tokens\n  }\n}\n\nmutation Logout($input: LogoutInput) {\n  logout(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation LogoutEverywhere {\n  logoutEverywhere {\n    sessionsEnded\n  }\n}\n\nmutation RevokeSession($input: RevokeSessionInput!) {\n  revokeSession(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation ChangePassword($input: ChangePasswordInput!) {\n  changePassword(input: $input) {\n    sessionsEnded\n    user {\n      id\n      email\n    }\n  }\n}\n\nquery Me {\n  me {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n}\n\nquery Viewer {\n  viewer {\n    userId\n    sessionId\n    roles\n    tokenId\n    issuedAt\n    expiresAt\n  }\n}\n\nquery Sessions {\n  sessions {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}": types.TokensFragmentDoc,
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
export function graphql(source: "fragment Tokens on AuthPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n  session {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}\n\nmutation Signup($input: SignupInput!) {\n  signup(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Login($input: LoginInput!) {\n  login(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Refresh($input: RefreshInput) {\n  refresh(input: $input) {\n    ...Tokens\n  }\n}\n\nmutation Logout($input: LogoutInput) {\n  logout(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation LogoutEverywhere {\n  logoutEverywhere {\n    sessionsEnded\n  }\n}\n\nmutation RevokeSession($input: RevokeSessionInput!) {\n  revokeSession(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation ChangePassword($input: ChangePasswordInput!) {\n  changePassword(input: $input) {\n    sessionsEnded\n    user {\n      id\n      email\n    }\n  }\n}\n\nquery Me {\n  me {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n}\n\nquery Viewer {\n  viewer {\n    userId\n    sessionId\n    roles\n    tokenId\n    issuedAt\n    expiresAt\n  }\n}\n\nquery Sessions {\n  sessions {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}"): (typeof documents)["fragment Tokens on AuthPayload {\n  accessToken\n  accessTokenExpiresAt\n  refreshToken\n  refreshTokenExpiresAt\n  user {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n  session {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}\n\nmutation Signup($input: SignupInput!) {\n  signup(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Login($input: LoginInput!) {\n  login(input: $input) {\n    __typename\n    ... on AuthPayload {\n      ...Tokens\n    }\n  }\n}\n\nmutation Refresh($input: RefreshInput) {\n  refresh(input: $input) {\n    ...Tokens\n  }\n}\n\nmutation Logout($input: LogoutInput) {\n  logout(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation LogoutEverywhere {\n  logoutEverywhere {\n    sessionsEnded\n  }\n}\n\nmutation RevokeSession($input: RevokeSessionInput!) {\n  revokeSession(input: $input) {\n    sessionsEnded\n  }\n}\n\nmutation ChangePassword($input: ChangePasswordInput!) {\n  changePassword(input: $input) {\n    sessionsEnded\n    user {\n      id\n      email\n    }\n  }\n}\n\nquery Me {\n  me {\n    id\n    email\n    name\n    roles\n    createdAt\n  }\n}\n\nquery Viewer {\n  viewer {\n    userId\n    sessionId\n    roles\n    tokenId\n    issuedAt\n    expiresAt\n  }\n}\n\nquery Sessions {\n  sessions {\n    id\n    createdAt\n    lastUsedAt\n    expiresAt\n    userAgent\n    ipAddress\n    current\n  }\n}"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;