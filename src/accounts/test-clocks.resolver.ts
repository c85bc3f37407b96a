import 'reflect-metadata';
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, requireSandbox, runMutation } from '../platform/context.ts';
import { fromGlobalId } from '../platform/id.ts';
import { readId } from '../platform/id-input.ts';
import { type Page, PageArguments } from '../platform/pagination.ts';
import { advanceTestClock } from './advance-test-clock.ts';
import { createTestClock } from './create-test-clock.ts';
import {
  AdvanceTestClockInput,
  AdvanceTestClockPayload,
  CreateTestClockFields,
  CreateTestClockPayload,
  TestClock,
  TestClockConnection,
} from './test-clocks.graphql.ts';
import { testClockLoader, testClocksPage } from './test-clocks.queries.ts';

@Resolver(() => TestClock)
export class TestClocksResolver {
  @Query(() => TestClock, { nullable: true, description: 'One test clock; null if there is none with this id.' })
  async testClock(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<TestClock | null> {
    requirePermission(context, 'clocks:read');
    const uuid = fromGlobalId('clk', id);
    return uuid ? testClockLoader(context).load(uuid) : null;
  }

  @Query(() => TestClockConnection, { description: 'The test clocks of the organization, newest first.' })
  async testClocks(@Args() page: PageArguments, @Ctx() context: Context): Promise<Page<TestClock>> {
    requirePermission(context, 'clocks:read');
    return testClocksPage(context, page);
  }

  @Mutation(() => CreateTestClockPayload, { description: 'Makes a test clock; only in sandbox organizations.' })
  async createTestClock(
    @Arg('input', () => CreateTestClockFields, { description: 'What it is.' }) input: CreateTestClockFields,
    @Ctx() context: Context,
  ): Promise<CreateTestClockPayload> {
    requirePermission(context, 'clocks:write');
    const { idempotencyKey, ...values } = input;
    return runMutation(
      context,
      { operation: 'createTestClock', input: values, idempotencyKey },
      async (work) => {
        requireSandbox(context);
        return { id: (await createTestClock(work, values)).id };
      },
      async ({ id }) => ({ testClock: await testClockLoader(context).load(id) }),
    );
  }

  @Mutation(() => AdvanceTestClockPayload, {
    description:
      'Sends a test clock forward through everything that falls due, in order, each at its instant. As far as you like. Answers at once; the clock is READY when it has arrived.',
  })
  async advanceTestClock(
    @Arg('input', () => AdvanceTestClockInput, { description: 'Which one, and where to.' })
    input: AdvanceTestClockInput,
    @Ctx() context: Context,
  ): Promise<AdvanceTestClockPayload> {
    requirePermission(context, 'clocks:write');
    return runMutation(
      context,
      { operation: 'advanceTestClock', input },
      async (work) => {
        requireSandbox(context);
        const id = readId('clk', input.id, ['input', 'id']);
        await advanceTestClock(work, { id, to: input.to });
        return { id };
      },
      async ({ id }) => ({ testClock: await testClockLoader(context).load(id) }),
    );
  }
}

/** Test clocks for `node(id)`. */
export async function testClockNodes(context: Context, ids: readonly string[]): Promise<Map<string, TestClock>> {
  requirePermission(context, 'clocks:read');
  const found = new Map<string, TestClock>();
  const clocks = await testClockLoader(context).loadMany([...ids]);
  for (const [index, clock] of clocks.entries()) {
    if (clock instanceof Error) throw clock;
    if (clock) found.set(ids[index]!, clock);
  }
  return found;
}
