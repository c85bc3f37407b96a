import 'reflect-metadata';
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../platform/context.ts';
import { fromGlobalId } from '../platform/id.ts';
import { readId } from '../platform/id-input.ts';
import { refuseNulls } from '../platform/input.ts';
import { type Page, PageArguments } from '../platform/pagination.ts';
import { forgetCredentials } from './authenticate.ts';
import { createMember } from './create-member.ts';
import {
  CreateMemberFields,
  CreateMemberPayload,
  Member,
  MemberConnection,
  RemoveMemberInput,
  RemoveMemberPayload,
  UpdateMemberFields,
  UpdateMemberPayload,
} from './members.graphql.ts';
import { memberLoader, membersPage } from './members.queries.ts';
import { removeMember } from './remove-member.ts';
import { updateMember } from './update-member.ts';

@Resolver(() => Member)
export class MembersResolver {
  @Query(() => Member, { nullable: true, description: 'One member; null if there is none with this id.' })
  async member(
    @Arg('id', () => ID, { description: 'The id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Member | null> {
    requirePermission(context, 'members:read');
    const uuid = fromGlobalId('mem', id);
    return uuid ? memberLoader(context).load(uuid) : null;
  }

  @Query(() => MemberConnection, { description: 'The members of the organization, oldest first.' })
  async members(@Args() page: PageArguments, @Ctx() context: Context): Promise<Page<Member>> {
    requirePermission(context, 'members:read');
    return membersPage(context, page);
  }

  @Mutation(() => CreateMemberPayload, { description: 'Makes a member, who can log in at once.' })
  async createMember(
    @Arg('input', () => CreateMemberFields, { description: 'Who it is.' }) input: CreateMemberFields,
    @Ctx() context: Context,
  ): Promise<CreateMemberPayload> {
    requirePermission(context, 'members:write');
    const { password: _, ...compared } = input;
    return runMutation(
      context,
      { operation: 'createMember', input: compared },
      async (work) => ({ id: (await createMember(work, input)).id }),
      async ({ id }) => ({ member: await memberLoader(context).load(id) }),
    );
  }

  @Mutation(() => UpdateMemberPayload, { description: 'Changes a member; a role counts from the next request.' })
  async updateMember(
    @Arg('input', () => UpdateMemberFields, { description: 'Whom, and what changes.' }) input: UpdateMemberFields,
    @Ctx() context: Context,
  ): Promise<UpdateMemberPayload> {
    requirePermission(context, 'members:write');
    const { password: _, ...compared } = input;
    return runMutation(
      context,
      { operation: 'updateMember', input: compared },
      async (work) => {
        const id = readId('mem', input.id, ['input', 'id']);
        refuseNulls(input, ['name', 'role', 'password', 'metadata']);
        const { name, role, password, metadata } = input;
        await updateMember(work, id, {
          name: name ?? undefined,
          role: role ?? undefined,
          password: password ?? undefined,
          metadata: metadata ?? undefined,
        });
        return { id };
      },
      async ({ id }) => {
        forgetCredentials(context.app);
        return { member: await memberLoader(context).load(id) };
      },
    );
  }

  @Mutation(() => RemoveMemberPayload, { description: 'Takes a member out and ends all of the member’s sessions.' })
  async removeMember(
    @Arg('input', () => RemoveMemberInput, { description: 'Whom.' }) input: RemoveMemberInput,
    @Ctx() context: Context,
  ): Promise<RemoveMemberPayload> {
    requirePermission(context, 'members:write');
    return runMutation(
      context,
      { operation: 'removeMember', input },
      async (work) => {
        const id = readId('mem', input.id, ['input', 'id']);
        await removeMember(work, id);
        return { id };
      },
      async ({ id }) => {
        forgetCredentials(context.app);
        return { member: await memberLoader(context).load(id) };
      },
    );
  }
}

/** Members for `node(id)`. */
export async function memberNodes(context: Context, ids: readonly string[]): Promise<Map<string, Member>> {
  requirePermission(context, 'members:read');
  const found = new Map<string, Member>();
  for (const [index, member] of (await memberLoader(context).loadMany([...ids])).entries()) {
    if (member instanceof Error) throw member;
    if (member) found.set(ids[index]!, member);
  }
  return found;
}
