// Users, for administrators: one, or page by page (GraphQL Cursor Connections).
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Int,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { countUsersOf, cursorOf, listUsers } from '../users/list.js'
import type { User as UserData } from '../users/user.js'
import type { Context } from './context.js'
import { User } from './users.js'

@InputType({ description: 'Which users; what is left out does not narrow.' })
class UserFilter {
  @Field(() => String, { nullable: true, description: 'Exactly this address; case does not matter.' })
  readonly email?: string | null

  @Field(() => String, { nullable: true, description: 'Addresses that begin so; case does not matter.' })
  readonly emailStartsWith?: string | null

  @Field(() => String, { nullable: true, description: 'Those who have this role.' })
  readonly role?: string | null

  @Field(() => Boolean, { nullable: true, description: 'Those whose account is disabled, or is not.' })
  readonly disabled?: boolean | null
}

@ArgsType()
class UsersArgs {
  @Field(() => UserFilter, { nullable: true, description: 'Which users; all, where it is left out.' })
  readonly filter?: UserFilter | null

  @Field(() => Int, { defaultValue: 20, description: 'How many at the most, from 1 to 100.' })
  readonly first!: number

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  readonly after?: string | null
}

@ObjectType({ description: 'A user in a list.' })
class UserEdge {
  @Field(() => String, { description: 'The place in the list; opaque.' })
  readonly cursor!: string

  @Field(() => User, { description: 'The user.' })
  readonly node!: UserData
}

@ObjectType({ description: 'Where a page lies in its list.' })
class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow.' })
  readonly hasNextPage!: boolean

  @Field(() => Boolean, { description: 'Whether the page is not the first.' })
  readonly hasPreviousPage!: boolean

  @Field(() => String, { nullable: true, description: 'Of the first on the page; null when it is empty.' })
  readonly startCursor!: string | null

  @Field(() => String, { nullable: true, description: 'Of the last on the page: `after` of the next one.' })
  readonly endCursor!: string | null
}

@ObjectType({ description: 'A page of users, the newest first.' })
class UserConnection {
  @Field(() => [UserEdge], { description: 'The users with their places.' })
  readonly edges!: readonly UserEdge[]

  @Field(() => PageInfo, { description: 'Where the page lies.' })
  readonly pageInfo!: PageInfo

  readonly filter!: UserFilter
}

const toConnection = async (
  context: Context,
  { filter, first, after }: UsersArgs,
): Promise<UserConnection> => {
  const page = await listUsers(context, filter ?? {}, { first, after: after ?? null })
  const edges = page.users.map(node => ({ cursor: cursorOf(node), node }))
  return {
    edges,
    filter: filter ?? {},
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: after != null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}

/** Queries over users. */
@Resolver(() => UserConnection)
export class UserListResolver {
  @Directive('@hasRole(role: "admin")')
  @Query(() => UserConnection, { description: 'All users, the newest first.' })
  users(@Args(() => UsersArgs) args: UsersArgs, @Ctx() context: Context): Promise<UserConnection> {
    return toConnection(context, args)
  }

  @Directive('@hasRole(role: "admin")')
  @Query(() => User, { nullable: true, description: 'One user; null when there is none with this id.' })
  user(
    @Arg('id', () => ID, { description: 'Its id: the claim `sub` of access tokens.' }) id: string,
    @Ctx() context: Context,
  ): Promise<UserData | null> {
    return context.findUser(id)
  }

  @FieldResolver(() => Int, {
    description: 'How many there are on all pages. Counted only where it is asked for.',
  })
  totalCount(@Root() { filter }: UserConnection, @Ctx() context: Context): Promise<number> {
    return countUsersOf(context, filter)
  }
}
