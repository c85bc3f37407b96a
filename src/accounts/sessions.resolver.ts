import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context, type PublicContext, readAnew, runMutation } from '../platform/context.ts';
import { forbidden, unauthenticated } from '../platform/errors.ts';
import { fromGlobalId, toGlobalId } from '../platform/id.ts';
import { payload } from '../platform/payload.ts';
import { ApiKey } from './api-keys.graphql.ts';
import { apiKeyLoader } from './api-keys.queries.ts';
import { forgetCredentials } from './authenticate.ts';
import { changePassword } from './change-password.ts';
import { endSessions } from './end-sessions.ts';
import { type LoggedIn, logIn, wrongCredentials } from './log-in.ts';
import { countLoginTry, forgetLoginTries } from './login-limit.ts';
import { Member } from './members.graphql.ts';
import { memberLoader } from './members.queries.ts';
import { Organization } from './organizations.graphql.ts';
import { showOrganization } from './organizations.resolver.ts';
import { renewSession } from './renew-session.ts';
import {
  ChangePasswordFields,
  ChangePasswordPayload,
  EndSessionsPayload,
  LogInFields,
  LogInPayload,
  RenewSessionInput,
  RenewSessionPayload,
  type SessionObject,
  Viewer,
} from './sessions.graphql.ts';

/** Root fields that need no credentials but those of their input. */
export const publicFields: readonly string[] = ['logIn', 'renewSession'];

@Resolver(() => Viewer)
export class SessionsResolver {
  @Query(() => Viewer, { description: 'Who is asking, and what they may do.' })
  viewer(@Ctx() context: Context): Viewer {
    if (!context.actor) throw unauthenticated();
    return Object.assign(new Viewer(), {
      organizationId: toGlobalId('org', context.organizationId),
      mode: context.mode,
      permissions: [...context.permissions].sort(),
    });
  }

  @FieldResolver(() => Member, { nullable: true, description: 'The member who is logged in.' })
  async member(@Root() _viewer: Viewer, @Ctx() context: Context): Promise<Member | null> {
    return context.actor.type === 'member' ? memberLoader(context).load(context.actor.id) : null;
  }

  @FieldResolver(() => ApiKey, { nullable: true, description: 'The API key that was shown.' })
  async apiKey(@Root() _viewer: Viewer, @Ctx() context: Context): Promise<ApiKey | null> {
    return context.actor.type === 'api_key' ? apiKeyLoader(context).load(context.actor.id) : null;
  }

  @FieldResolver(() => Organization, { description: 'The organization.' })
  async organization(@Root() _viewer: Viewer, @Ctx() context: Context): Promise<Organization> {
    return showOrganization(context);
  }

  @Mutation(() => LogInPayload, { description: 'Begins a session; needs no credentials but those of the input.' })
  async logIn(
    @Arg('input', () => LogInFields, { description: 'Who.' }) input: LogInFields,
    @Ctx() context: PublicContext,
  ): Promise<LogInPayload> {
    return payload(async () => {
      const organizationId = input.organizationId ? fromGlobalId('org', input.organizationId) : null;
      if (input.organizationId && !organizationId) throw wrongCredentials();
      return { session: show(await logIn(context.app, { ...input, organizationId }, context.requestId)) };
    });
  }

  @Mutation(() => RenewSessionPayload, {
    description:
      'Goes on with a session: two fresh tokens for its renewal token, which is used up. Needs no other credentials.',
  })
  async renewSession(
    @Arg('input', () => RenewSessionInput, { description: 'Which one.' }) input: RenewSessionInput,
    @Ctx() context: PublicContext,
  ): Promise<RenewSessionPayload> {
    return payload(async () => ({
      session: show(await renewSession(context.app, input.renewalToken, context.requestId)),
    }));
  }

  @Mutation(() => ChangePasswordPayload, {
    description: 'Changes the password of the member who is logged in and ends all sessions but the one it answers.',
  })
  async changePassword(
    @Arg('input', () => ChangePasswordFields, { description: 'The old and the new one.' }) input: ChangePasswordFields,
    @Ctx() context: Context,
  ): Promise<ChangePasswordPayload> {
    const memberId = loggedInMember(context);
    const { app, organizationId } = context;
    const { email } = (await memberLoader(context).load(memberId)) ?? refuse();
    // Outside the transaction, which would undo the count with all else; and nobody holds a connection and asks for one more.
    await readAnew(context);
    await countLoginTry(app, email);
    return runMutation(
      // Never a repetition: its answer is a secret.
      { ...context, idempotencyKey: null },
      { operation: 'changePassword', input: null },
      async (work) => ({ session: await changePassword(work, app, { memberId, ...input }) }),
      async ({ session }) => {
        forgetCredentials(app);
        await forgetLoginTries(app, email);
        return { session: show({ organizationId, memberId, session }) };
      },
    );
  }

  @Mutation(() => EndSessionsPayload, { description: 'Logs the member out, on all devices.' })
  async endSessions(@Ctx() context: Context): Promise<EndSessionsPayload> {
    const id = loggedInMember(context);
    return runMutation(
      context,
      { operation: 'endSessions', input: null },
      async (work) => {
        await endSessions(work, id, []);
        return { id };
      },
      async () => {
        forgetCredentials(context.app);
        return { member: await memberLoader(context).load(id) };
      },
    );
  }
}

function refuse(): never {
  throw unauthenticated();
}

/** FORBIDDEN for API keys: what is asked for is a person's. */
function loggedInMember(context: Context): string {
  if (!context.actor) throw unauthenticated();
  if (context.actor.type !== 'member') throw forbidden('of a member who is logged in');
  return context.actor.id;
}

function show({ organizationId, memberId, session }: LoggedIn): SessionObject {
  return {
    ...session,
    memberId: toGlobalId('mem', memberId),
    organizationId: toGlobalId('org', organizationId),
  };
}
