import 'reflect-metadata';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { toGlobalId } from '../platform/id.ts';
import { Node } from '../platform/node.ts';
import { Connection } from '../platform/pagination.ts';
import { MutationPayload } from '../platform/payload.ts';
import { DateTimeScalar } from '../platform/scalars.ts';

@ObjectType('ApiKey', { implements: Node, description: 'A key with which programs ask; its text is shown only once.' })
export class ApiKey extends Node {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'How its text begins, to recognize it.' })
  prefix!: string;

  @Field(() => String, { description: 'How its text ends.' })
  last4!: string;

  @Field(() => [String], { description: 'What it may do, such as invoices:read.' })
  permissions!: string[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends by itself.' })
  expiresAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was last used, to the minute or so.' })
  lastUsedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was ended.' })
  revokedAt!: Date | null;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

/** A row of `api_keys` as SQL answers it, without its hash. */
export interface ApiKeyRecord {
  id: string;
  name: string;
  mode: string;
  key_id: string;
  last4: string;
  permissions: string[];
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

/** The API's view of a key's row. */
export function toApiKey(record: ApiKeyRecord): ApiKey {
  return Object.assign(new ApiKey(), {
    id: toGlobalId('key', record.id),
    name: record.name,
    prefix: `bk_${record.mode === 'live' ? 'live' : 'test'}_${record.key_id}`,
    last4: record.last4,
    permissions: record.permissions,
    expiresAt: record.expires_at,
    lastUsedAt: record.last_used_at,
    revokedAt: record.revoked_at,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

export const ApiKeyConnection = Connection(() => ApiKey, 'ApiKey');

@InputType('CreateApiKeyInput', { description: 'What a new key is.' })
export class CreateApiKeyFields {
  @Field(() => String, { description: 'Its name, at most 200 characters.' })
  name!: string;

  @Field(() => [String], { description: 'What it may do: some of what its maker may, such as invoices:read.' })
  permissions!: string[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it ends by itself; never if left out.' })
  expiresAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'A key of your own that makes a repetition harmless; the repetition does not show the secret again.',
  })
  idempotencyKey?: string | null;
}

@InputType('RevokeApiKeyInput', { description: 'Which key to end.' })
export class RevokeApiKeyInput {
  @Field(() => ID, { description: 'The key.' })
  id!: string;
}

@ObjectType('CreateApiKeyPayload', { description: 'The new key, or why none was made.' })
export class CreateApiKeyPayload extends MutationPayload {
  @Field(() => ApiKey, { nullable: true, description: 'The key.' })
  apiKey?: ApiKey | null;

  @Field(() => String, { nullable: true, description: 'Its text, which is shown here and never again.' })
  secret?: string | null;
}

@ObjectType('RevokeApiKeyPayload', { description: 'The key that was ended, or why it was not.' })
export class RevokeApiKeyPayload extends MutationPayload {
  @Field(() => ApiKey, { nullable: true, description: 'The key.' })
  apiKey?: ApiKey | null;
}
