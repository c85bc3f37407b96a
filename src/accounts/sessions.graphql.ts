import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { MutationPayload } from '../platform/payload.ts';
import { DateTimeScalar } from '../platform/scalars.ts';
import { ApiKey } from './api-keys.graphql.ts';
import { Member } from './members.graphql.ts';
import { Organization, OrganizationMode } from './organizations.graphql.ts';

@ObjectType('Viewer', { description: 'Who is asking, and what they may do.' })
export class Viewer {
  @Field(() => ID, { description: 'The id of the organization.' })
  organizationId!: string;

  @Field(() => OrganizationMode, { description: 'Whether the organization deals with real money.' })
  mode!: string;

  @Field(() => [String], { description: 'What the caller may do, such as invoices:read.' })
  permissions!: string[];

  @Field(() => Member, { nullable: true, description: 'The member who is logged in.' })
  member!: Member | null;

  @Field(() => ApiKey, { nullable: true, description: 'The API key that was shown.' })
  apiKey!: ApiKey | null;

  @Field(() => Organization, { description: 'The organization.' })
  organization!: Organization;
}

@ObjectType('Session', { description: 'Two tokens: one to ask with, one to get the next two with.' })
export class SessionObject {
  @Field(() => String, { description: 'To be sent as `Authorization: Bearer …` with each request.' })
  accessToken!: string;

  @Field(() => DateTimeScalar, { description: 'When the access token ends, a quarter of an hour after it was made.' })
  accessTokenExpiresAt!: Date;

  @Field(() => String, {
    description:
      'To be given to renewSession, and nowhere else. Good for one renewal: keep the one that comes back. Used again later, it ends the session.',
  })
  renewalToken!: string;

  @Field(() => DateTimeScalar, { description: 'When the renewal token ends, thirty days after it was made.' })
  renewalTokenExpiresAt!: Date;

  @Field(() => ID, { description: 'The id of the member who is logged in.' })
  memberId!: string;

  @Field(() => ID, { description: 'The id of the member’s organization.' })
  organizationId!: string;
}

@InputType('LogInInput', { description: 'Who wants to log in.' })
export class LogInFields {
  @Field(() => String, { description: 'The e-mail address of the member.' })
  email!: string;

  @Field(() => String, { description: 'The password.' })
  password!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'Which organization, for members of several; otherwise the first in which the password fits.',
  })
  organizationId?: string | null;
}

@InputType('RenewSessionInput', { description: 'Which session to go on with.' })
export class RenewSessionInput {
  @Field(() => String, { description: 'The renewal token of the session’s last answer.' })
  renewalToken!: string;
}

@InputType('ChangePasswordInput', { description: 'The password of the member who is logged in.' })
export class ChangePasswordFields {
  @Field(() => String, { description: 'The password until now.' })
  currentPassword!: string;

  @Field(() => String, { description: 'The password from now on, 12 to 200 characters.' })
  newPassword!: string;
}

@ObjectType({ description: 'A session, or why there is none.' })
abstract class SessionAnswer extends MutationPayload {
  @Field(() => SessionObject, { nullable: true, description: 'The session.' })
  session?: SessionObject | null;
}

@ObjectType('LogInPayload', { description: 'The session that begins, or why none does.' })
export class LogInPayload extends SessionAnswer {}

@ObjectType('RenewSessionPayload', { description: 'The session with fresh tokens, or why it is over.' })
export class RenewSessionPayload extends SessionAnswer {}

@ObjectType('ChangePasswordPayload', { description: 'A new session after all others ended, or why nothing changed.' })
export class ChangePasswordPayload extends SessionAnswer {}

@ObjectType('EndSessionsPayload', { description: 'Whether all sessions were ended.' })
export class EndSessionsPayload extends MutationPayload {
  @Field(() => Member, { nullable: true, description: 'The member whose sessions ended.' })
  member?: Member | null;
}
