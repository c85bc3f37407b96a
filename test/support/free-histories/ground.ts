import { advanceTestClock, createTestClock, walkTestClock } from '../../../src/accounts/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import type { TestOrganization } from '../makers.ts';
import type { Inspector } from '../model/inspector.ts';
import type { World } from '../world.ts';
import { wares } from './wares.ts';

export interface UserError {
  code: string;
  message: string;
}

/** What went otherwise than it should. */
export class Disagreement extends Error {}

/** Faults that jobs only log; filled by the log of the world. */
export type Complaints = string[];

const start = '2026-01-30T09:17:03.250Z';
const capital = (verb: string) => verb[0]!.toUpperCase() + verb.slice(1);

/** Who there is: where, what is charged at first, and whether the first account pays. */
const people = [
  { timezone: 'America/New_York', country: 'AT', token: 'success', isChild: false },
  { timezone: 'Europe/London', country: 'US', token: 'insufficient_funds', isChild: false },
  { timezone: 'Asia/Kathmandu', country: 'AT', token: null, isChild: true },
  { timezone: 'Pacific/Auckland', country: 'AT', token: null, isChild: false },
] as const;

/** One organization that a free history is played in. */
export class Ground {
  readonly world: World;
  readonly inspector: Inspector;
  readonly organization: TestOrganization;
  readonly complaints: Complaints;
  readonly accountIds: string[] = [];
  /** Global ids of plans by the names of their wares. */
  readonly planIds = new Map<string, string>();
  readonly couponIds: string[] = [];
  /** Of all rows when things had settled last. */
  digest = '';
  made = 0;
  #clockId = '';

  private constructor(world: World, inspector: Inspector, organization: TestOrganization, complaints: Complaints) {
    this.world = world;
    this.inspector = inspector;
    this.organization = organization;
    this.complaints = complaints;
  }

  static async open(world: World, inspector: Inspector, complaints: Complaints): Promise<Ground> {
    complaints.length = 0;
    const ground = new Ground(world, inspector, await world.organization({ timezone: 'UTC' }), complaints);
    await ground.#furnish();
    await ground.settled();
    return ground;
  }

  /** Runs a mutation or query of one input. Faults at the top level are disagreements. */
  async ask<T = object>(
    verb: string,
    input: object,
    selection = '',
    kind = 'mutation',
  ): Promise<T & { userErrors: UserError[] }> {
    const text = `${kind} ($input: ${capital(verb)}Input!) { ${verb}(input: $input) { ${selection} userErrors { code message } } }`;
    const answer = await this.query<Record<string, T & { userErrors: UserError[] }>>(text, { input });
    return answer[verb]!;
  }

  async query<T>(text: string, variables: Record<string, unknown>): Promise<T> {
    const answer = await this.world.graphql<T>(text, variables, { as: this.organization });
    if (answer.errors) throw new Disagreement(`${JSON.stringify(variables)} failed: ${JSON.stringify(answer.errors)}`);
    return answer.data as T;
  }

  /** Runs a mutation that may be refused. */
  async try(verb: string, input: object): Promise<'done' | 'refused'> {
    const answer = await this.ask(verb, input);
    return answer.userErrors.length > 0 ? 'refused' : 'done';
  }

  /** Runs a mutation that nothing speaks against. */
  async must<T = object>(verb: string, input: object, selection = ''): Promise<T> {
    const answer = await this.ask<T>(verb, input, selection);
    if (answer.userErrors.length > 0) {
      throw new Disagreement(`${verb} ${JSON.stringify(input)}: ${JSON.stringify(answer.userErrors)}`);
    }
    return answer;
  }

  /** Rows about this organization, which is $1. */
  rows<Row extends object>(name: string, text: string, ...more: unknown[]): Promise<Row[]> {
    return this.inspector.rows<Row>(`free-${name}`, text, [this.organization.id, ...more]);
  }

  async now(): Promise<number> {
    const [row] = await this.rows<{ at: Date }>(
      'now',
      'select now_at as at from test_clocks where organization_id = $1',
    );
    return row!.at.getTime();
  }

  async walk(to: number): Promise<void> {
    const { world, organization } = this;
    await organization.transact((work) => advanceTestClock(work, { id: this.#clockId, to: new Date(to) }));
    await walkTestClock(world.app, { organizationId: organization.id, clockId: this.#clockId });
  }

  /** Lets what is under way come to rest, and remembers what is written then. */
  async settled(): Promise<void> {
    await this.world.settle();
    this.digest = await this.inspector.digest(this.organization.id);
  }

  async attach(accountId: string, token: string): Promise<'done' | 'refused'> {
    return this.try('attachPaymentMethod', { accountId, method: { sandboxToken: token }, makeDefault: true });
  }

  async #furnish(): Promise<void> {
    const { organization } = this;
    const clock = await organization.transact((work) => createTestClock(work, { frozenTime: new Date(start) }));
    this.#clockId = clock.id;
    await this.must('createTaxRate', { name: 'USt', country: 'AT', percent: '20', inclusive: false });
    const own: string[] = [];
    for (const { timezone, country, token, isChild } of people) {
      const { id } = await organization.account({
        timezone,
        testClockId: clock.id,
        billingAddress: { country },
        ...(isChild ? { billToAccountId: own[0]! } : {}),
      });
      own.push(id);
      this.accountIds.push(toGlobalId('acc', id));
      if (token) await this.attach(toGlobalId('acc', id), token);
    }
    for (const ware of wares) {
      const { name, kind = 'BASE', ...version } = ware;
      const input = { name, kind, version: { ...version, publish: true } };
      const { plan } = await this.must<{ plan: { id: string } }>('createPlan', input, 'plan { id }');
      this.planIds.set(name, plan.id);
    }
    await this.#offerCoupons();
  }

  async #offerCoupons(): Promise<void> {
    const coupons = [
      { off: { percent: '15' }, frequency: 'FOREVER' },
      { off: { percent: '33.3' }, frequency: 'REPEATING', periods: 2 },
      { off: { amount: { amountMinor: '7001', currency: 'EUR' } }, frequency: 'ONCE' },
      { off: { amount: { amountMinor: '999', currency: 'EUR' } }, frequency: 'FOREVER' },
      { off: { percent: '100' }, frequency: 'ONCE' },
      { off: { percent: '50' }, frequency: 'FOREVER', planIds: [this.planIds.get('Team')!] },
    ];
    for (const [index, coupon] of coupons.entries()) {
      const input = { name: `Off ${index}`, oncePerAccount: false, ...coupon };
      const made = await this.must<{ coupon: { id: string } }>('createCoupon', input, 'coupon { id }');
      this.couponIds.push(made.coupon.id);
    }
  }
}
