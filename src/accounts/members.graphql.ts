import 'reflect-metadata';
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { toGlobalId } from '../platform/id.ts';
import { Node } from '../platform/node.ts';
import { Connection } from '../platform/pagination.ts';
import { MutationPayload } from '../platform/payload.ts';
import { DateTimeScalar, EmailAddressScalar, type Metadata, MetadataScalar } from '../platform/scalars.ts';
import type { Role } from './permissions.ts';

const MemberRole = { ADMIN: 'admin', BILLING: 'billing', SUPPORT: 'support', ANALYST: 'analyst' } as const;
registerEnumType(MemberRole, {
  name: 'MemberRole',
  description: 'What a member may do.',
  valuesConfig: {
    ADMIN: { description: 'Everything.' },
    BILLING: { description: 'Everything with money, but neither settings nor keys nor members.' },
    SUPPORT: { description: 'Reads, and moves no money.' },
    ANALYST: { description: 'Reads reports and lists, without personal data beyond names.' },
  },
});

@ObjectType('Member', { implements: Node, description: 'A person who may log in to the organization.' })
export class Member extends Node {
  @Field(() => EmailAddressScalar, { description: 'The e-mail address to log in with.' })
  email!: string;

  @Field(() => String, { description: 'The name.' })
  name!: string;

  @Field(() => MemberRole, { description: 'What the member may do.' })
  role!: string;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the member last logged in.' })
  lastLoginAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the member was taken out.' })
  removedAt!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When the member was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When the member was last changed.' })
  updatedAt!: Date;
}

/** A row of `members` as SQL answers it, without its secrets. */
export interface MemberRecord {
  id: string;
  email: string;
  name: string;
  role: string;
  last_login_at: Date | null;
  removed_at: Date | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

/** The API's view of a member's row. */
export function toMember(record: MemberRecord): Member {
  return Object.assign(new Member(), {
    id: toGlobalId('mem', record.id),
    email: record.email,
    name: record.name,
    role: record.role,
    lastLoginAt: record.last_login_at,
    removedAt: record.removed_at,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

export const MemberConnection = Connection(() => Member, 'Member');

@InputType('CreateMemberInput', { description: 'Who a new member is.' })
export class CreateMemberFields {
  @Field(() => EmailAddressScalar, { description: 'The e-mail address to log in with.' })
  email!: string;

  @Field(() => String, { description: 'The name, at most 200 characters.' })
  name!: string;

  @Field(() => MemberRole, { description: 'What the member may do.' })
  role!: Role;

  @Field(() => String, { description: 'The first password, 12 to 200 characters.' })
  password!: string;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own.' })
  metadata?: Metadata | null;
}

@InputType('UpdateMemberInput', { description: 'What changes; what is left out stays, null is refused.' })
export class UpdateMemberFields {
  @Field(() => ID, { description: 'The member.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'The name, at most 200 characters.' })
  name?: string | null;

  @Field(() => MemberRole, { nullable: true, description: 'What the member may do.' })
  role?: Role | null;

  @Field(() => String, {
    nullable: true,
    description: 'A new password, 12 to 200 characters; it ends all sessions of the member.',
  })
  password?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own; they replace all before.' })
  metadata?: Metadata | null;
}

@InputType('RemoveMemberInput', { description: 'Whom to take out.' })
export class RemoveMemberInput {
  @Field(() => ID, { description: 'The member.' })
  id!: string;
}

@ObjectType({ description: 'The member, or why nothing was done.' })
abstract class MemberAnswer extends MutationPayload {
  @Field(() => Member, { nullable: true, description: 'The member.' })
  member?: Member | null;
}

@ObjectType('CreateMemberPayload', { description: 'The new member, or why none was made.' })
export class CreateMemberPayload extends MemberAnswer {}

@ObjectType('UpdateMemberPayload', { description: 'The changed member, or why nothing was changed.' })
export class UpdateMemberPayload extends MemberAnswer {}

@ObjectType('RemoveMemberPayload', { description: 'The member taken out, or why not.' })
export class RemoveMemberPayload extends MemberAnswer {}
