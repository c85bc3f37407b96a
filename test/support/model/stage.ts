import { advanceTestClock, createTestClock, walkTestClock } from '../../../src/accounts/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import type { TestOrganization } from '../makers.ts';
import type { World } from '../world.ts';
import { offers } from './goods.ts';
import type { Inspector } from './inspector.ts';
import {
  Model,
  type ModelAccount,
  type ModelCharge,
  type ModelDiscount,
  type ModelInvoice,
  type ModelLot,
  type ModelNote,
  type ModelSubscription,
  type Refusal,
} from './model.ts';
import { bookedInvoiceIds, bookedSubscriptionIds } from './seen.ts';

export interface UserError {
  code: string;
  message: string;
  path: string[];
}

/** What went otherwise than it should. */
export class Disagreement extends Error {}

/** What the coupons of every history take off. */
export const thousandthsOff = [150n, 333n] as const;

const start = '2026-01-30T09:17:03.250Z';
const capital = (verb: string) => verb[0]!.toUpperCase() + verb.slice(1);

/** One organization that a history is played in, and the model beside it. */
export class Stage {
  readonly world: World;
  readonly inspector: Inspector;
  readonly organization: TestOrganization;
  readonly model = new Model(Date.parse(start));
  readonly accountIds = new Map<ModelAccount, string>();
  readonly planIds = new Map<string, string>();
  readonly couponIds: string[] = [];
  /** Global ids of what has no name that the books keep. */
  readonly ids = new Map<ModelCharge | ModelNote | ModelLot | ModelDiscount, string>();
  /** Of all rows when things had settled last. */
  digest = '';
  #clockId = '';

  private constructor(world: World, inspector: Inspector, organization: TestOrganization) {
    this.world = world;
    this.inspector = inspector;
    this.organization = organization;
  }

  static async open(world: World, inspector: Inspector): Promise<Stage> {
    const stage = new Stage(world, inspector, await world.organization({ timezone: 'UTC' }));
    await stage.#furnish();
    await stage.settled();
    return stage;
  }

  /** Runs a mutation or query of one input; answers its payload. Faults at the top level are disagreements. */
  async ask<T = object>(
    verb: string,
    input: object,
    selection = '',
    kind = 'mutation',
  ): Promise<T & { userErrors: UserError[] }> {
    const text = `${kind} ($input: ${capital(verb)}Input!) { ${verb}(input: $input) { ${selection} userErrors { code message path } } }`;
    const answer = await this.world.graphql<Record<string, T & { userErrors: UserError[] }>>(
      text,
      { input },
      { as: this.organization },
    );
    if (answer.errors) throw new Disagreement(`${verb} failed: ${JSON.stringify(answer.errors)}`);
    return answer.data![verb]!;
  }

  /** Runs a mutation that the model has decided on: done, or refused with this code. */
  async expect<T = object>(verb: string, input: object, refusal: Refusal, selection = ''): Promise<T> {
    const answer = await this.ask<T>(verb, input, selection);
    const code = answer.userErrors[0]?.code ?? null;
    if (code === refusal) return answer;
    const told = JSON.stringify(answer.userErrors);
    throw new Disagreement(`${verb} ${JSON.stringify(input)}: ${refusal ?? 'done'} is right, answered ${told}`);
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

  accountId(account: ModelAccount): string {
    return toGlobalId('acc', this.accountIds.get(account)!);
  }

  async subscriptionId(subscription: ModelSubscription): Promise<string> {
    const ids = await bookedSubscriptionIds(this.inspector, this.organization.id);
    return toGlobalId('sub', ids.get(subscription.externalId)!);
  }

  async invoiceId(invoice: ModelInvoice): Promise<string> {
    return toGlobalId('inv', await this.invoiceKey(invoice));
  }

  /** The invoice's id as the tables have it. */
  async invoiceKey(invoice: ModelInvoice): Promise<string> {
    const ids = await bookedInvoiceIds(this.inspector, this.organization.id, this.accountIds.get(invoice.account)!);
    const place = this.model.invoices.filter(({ account }) => account === invoice.account).indexOf(invoice);
    return ids[place]!;
  }

  async #furnish(): Promise<void> {
    const { organization, model } = this;
    const clock = await organization.transact((work) => createTestClock(work, { frozenTime: new Date(start) }));
    this.#clockId = clock.id;
    await this.expect('createTaxRate', { name: 'USt', country: 'AT', percent: '20', inclusive: false }, null);
    const zones = ['America/New_York', 'Europe/London', 'Asia/Kathmandu'];
    for (const [index, timezone] of zones.entries()) {
      // The first pays tax; the last is a child whose invoices go to the first.
      const country = index === 1 ? 'US' : 'AT';
      const parent = index === 2 ? model.accounts[0] : undefined;
      const made = await organization.account({
        timezone,
        testClockId: clock.id,
        billingAddress: { country },
        ...(parent ? { billToAccountId: this.accountIds.get(parent)! } : {}),
      });
      const account = { name: `a${index}`, timezone, taxPercent: country === 'AT' ? 20n : 0n, lots: [], charges: [] };
      const known: ModelAccount = Object.assign(account, { payer: parent ?? (account as unknown as ModelAccount) });
      model.accounts.push(known);
      this.accountIds.set(known, made.id);
      if (!parent) {
        const input = { accountId: toGlobalId('acc', made.id), method: { sandboxToken: 'success' } };
        await this.expect('attachPaymentMethod', input, null);
      }
    }
    for (const thousandths of thousandthsOff) {
      const off = { percent: `${thousandths / 10n}.${thousandths % 10n}` };
      const input = { name: `Off ${off.percent}`, off, frequency: 'FOREVER', oncePerAccount: false };
      const { coupon } = await this.expect<{ coupon: { id: string } }>('createCoupon', input, null, 'coupon { id }');
      this.couponIds.push(coupon.id);
    }
    for (const { name, unit, count, trialDays, goods } of offers) {
      const prices = goods.map(({ component, billing, model: price }) => ({
        component,
        name: component,
        currency: 'EUR',
        billing: billing.toUpperCase(),
        model: price,
      }));
      const version = { intervalUnit: unit.toUpperCase(), intervalCount: count, trialDays, publish: true, prices };
      const { plan } = await this.expect<{ plan: { id: string } }>(
        'createPlan',
        { name, version },
        null,
        'plan { id }',
      );
      this.planIds.set(name, plan.id);
    }
  }
}
