import { Field, ObjectType } from 'type-graphql';
import { UserError } from './api-types.ts';
import { DomainError, isUserErrorCode } from './errors.ts';

/** What every mutation's payload extends; its own object fields are nullable, so that refusals can leave them out. */
@ObjectType()
export abstract class MutationPayload {
  @Field(() => [UserError], { description: 'Why nothing was done; empty if it was.' })
  userErrors!: UserError[];
}

/**
 * Runs the verb of a mutation: `payload(async () => ({ account: await createAccount(…) }))` answers
 * `{ account, userErrors: [] }`, or only `userErrors` if the verb was refused for a reason of the caller's.
 * Request errors (FORBIDDEN …) and faults pass through to the top level.
 */
export async function payload<Answer extends object>(
  verb: () => Promise<Answer> | Answer,
): Promise<Partial<Answer> & { userErrors: UserError[] }> {
  try {
    return { ...(await verb()), userErrors: [] };
  } catch (error) {
    if (error instanceof DomainError && isUserErrorCode(error.code)) {
      return { userErrors: toUserErrors(error) } as Partial<Answer> & { userErrors: UserError[] };
    }
    throw error;
  }
}

/** A refusal as user errors: one for each issue, or one for the error itself. */
function toUserErrors(error: DomainError): UserError[] {
  const { code, details } = error;
  if (!isUserErrorCode(code)) throw error;
  const issues = details.issues?.length ? details.issues : [{ message: error.message, path: details.path }];
  return issues.map((issue) => ({ code, message: issue.message, path: issue.path ?? null }));
}
