// Signing keys, for administrators: which there are and what becomes of them. Nothing private is in reach of a field.
import { GraphQLDateTime } from 'graphql-scalars'
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  registerEnumType,
} from 'type-graphql'
import { revokeSigningKey, rotateSigningKey } from '../admin/keys.js'
import type { KeyState } from '../keys/lifecycle.js'
import type { KeyProspect, ListedKey } from '../keys/list.js'
import { listKeys } from '../keys/list.js'
import type { Context } from './context.js'

const SigningKeyState = { NEXT: 'next', CURRENT: 'current', RETIRING: 'retiring' } as const satisfies Record<
  string,
  KeyState
>
registerEnumType(SigningKeyState, {
  name: 'SigningKeyState',
  description: 'What a signing key is at. One that is gone has been forgotten.',
  valuesConfig: {
    NEXT: { description: 'It is in the JWKS and waits, so that every service has seen it before it signs.' },
    CURRENT: { description: 'It signs.' },
    RETIRING: {
      description: 'It signs no more, and verifies until the last token that it signed has expired.',
    },
  },
})

const SigningKeyStep = {
  SIGNS: 'signs',
  RETIRES: 'retires',
  GOES: 'goes',
  STAYS: 'stays',
} as const satisfies Record<string, KeyProspect['kind']>
registerEnumType(SigningKeyStep, {
  name: 'SigningKeyStep',
  description: 'What happens to a signing key next.',
  valuesConfig: {
    SIGNS: { description: 'It takes the place of the current one.' },
    RETIRES: { description: 'The next one takes its place.' },
    GOES: { description: 'It leaves the JWKS, verifies no more and is forgotten.' },
    STAYS: { description: 'Nothing: it is kept in case JWT_ALGORITHM is set back, and verifies.' },
  },
})

@ObjectType({ description: 'What happens to a signing key next, and when.' })
class SigningKeyProspect {
  @Field(() => SigningKeyStep, { description: 'What.' })
  readonly step!: KeyProspect['kind']

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When, by the schedule; null where nothing happens to it until somebody rotates.',
  })
  readonly at!: Date | null

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'With SIGNS: not before then can it be rotated to, as services may not have seen it.',
  })
  readonly notBefore!: Date | null
}

@ObjectType({
  description: 'A key pair that signs access tokens, did so or will. Its private half is never shown.',
})
class SigningKey {
  @Field(() => ID, { description: 'Its name in the JWKS and in the header of tokens.' })
  readonly kid!: string

  @Field(() => String, { description: 'What it signs with: RS256 or ES256.' })
  readonly algorithm!: string

  @Field(() => SigningKeyState, { description: 'What it is at.' })
  readonly state!: KeyState

  @Field(() => GraphQLDateTime, { description: 'Since when.' })
  readonly since!: Date
}

@InputType({ description: 'The signing key to revoke.' })
class RevokeSigningKeyInput {
  @Field(() => ID, { description: 'Its `kid`.' })
  readonly kid!: string
}

@ObjectType({ description: 'What rotating did.' })
class RotateSigningKeyPayload {
  @Field(() => ID, { description: 'The key that signs from now on.' })
  readonly kid!: string

  @Field(() => ID, {
    description: 'The key that signed before; it verifies until its last token has expired.',
  })
  readonly retiredKid!: string
}

@ObjectType({ description: 'What revoking a signing key did.' })
class RevokeSigningKeyPayload {
  @Field(() => ID, { description: 'The key that was forgotten.' })
  readonly kid!: string

  @Field(() => SigningKeyState, { description: 'What it was at.' })
  readonly state!: KeyState

  @Field(() => ID, {
    nullable: true,
    description:
      'The waiting key that signs in its place; null where it did not sign, or none waited and one was made.',
  })
  readonly signsNow!: string | null
}

/** Operations on signing keys. */
@Resolver(() => SigningKey)
export class KeyAdminResolver {
  @Directive('@hasRole(role: "admin")')
  @Query(() => [SigningKey], {
    description:
      'Every signing key: those that sign first. With HS256, which has one shared secret, those of before.',
  })
  signingKeys(@Ctx() context: Context): Promise<ListedKey[]> {
    return listKeys(context)
  }

  @FieldResolver(() => SigningKeyProspect, { description: 'What happens to it next.' })
  prospect(@Root() { prospect }: ListedKey): SigningKeyProspect {
    const notBefore = prospect.kind === 'signs' ? prospect.from : null
    return { step: prospect.kind, at: prospect.kind === 'stays' ? null : prospect.at, notBefore }
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => RotateSigningKeyPayload, {
    description:
      'Lets the next key sign from now on, ahead of the schedule; nobody notices. RATE_LIMITED while it has not been shown for long enough. Not with HS256.',
  })
  rotateSigningKey(@Ctx() context: Context): Promise<RotateSigningKeyPayload> {
    return rotateSigningKey(context)
  }

  @Directive('@hasRole(role: "admin")')
  @Mutation(() => RevokeSigningKeyPayload, {
    description:
      'For a key that leaked: forgets it at once, so that all its tokens are refused, yours too if it signed that. Clients refresh, and nobody is signed out.',
  })
  revokeSigningKey(
    @Arg('input', () => RevokeSigningKeyInput, { description: 'Which.' }) { kid }: RevokeSigningKeyInput,
    @Ctx() context: Context,
  ): Promise<RevokeSigningKeyPayload> {
    return revokeSigningKey(context, kid)
  }
}
