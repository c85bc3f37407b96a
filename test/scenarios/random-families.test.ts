import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestClock, updateAccount } from '../../src/accounts/index.ts';
import { createLegalEntity } from '../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../src/collecting/payments/collection/record-manual-payment.ts';
import { issueCreditNote } from '../../src/collecting/payments/refunds/issue-credit-note.ts';
import { createTaxRate } from '../../src/collecting/tax/index.ts';
import { DomainError } from '../../src/platform/errors.ts';
import type { Work } from '../../src/platform/work.ts';
import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  resumeSubscription,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { Random } from '../support/model/random.ts';
import { creditOf } from '../support/payments.ts';
import { flat, sellPlan, subscribe, walk } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

/**
 * Random histories of a family: changes settled in any way, payments, notes and pauses, while accounts move between parents and other
 * entities issue. In the end everything is credited, and everybody has got back, or owes no more, exactly what they paid.
 * To play others: PERENNIAL_FAMILY=<first>..<last> npm run jest -- dist/test/scenarios/random-families
 */
const [first = 1, last = first] = (process.env.PERENNIAL_FAMILY ?? '1..12').split('..').map(Number);
const seeds = Array.from({ length: last - first + 1 }, (_, index) => first + index);

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-01T00:00:00Z' });
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

interface Invoice {
  id: string;
  payer: string;
  status: string;
  due: number;
}

class Family {
  readonly random: Random;
  readonly organization: TestOrganization;
  readonly told: string[] = [];
  readonly accounts = { first: '', second: '', child: '', grandchild: '' };
  readonly subscriptions: string[] = [];
  readonly #plans: string[] = [];
  readonly #issuers: (string | null)[] = [null];
  #clockId = '';
  #now = Date.parse('2026-04-01T00:00:00Z');

  constructor(organization: TestOrganization, random: Random) {
    this.organization = organization;
    this.random = random;
  }

  static async found(seed: number): Promise<Family> {
    const family = new Family(await world.organization({ timezone: 'UTC' }), new Random(seed * 7_919));
    await family.#furnish(seed);
    return family;
  }

  async #furnish(seed: number): Promise<void> {
    const { organization, accounts } = this;
    if (seed % 2 === 0) {
      const rate = { name: 'VAT', country: 'AT', percent: '20', inclusive: seed % 4 === 0 };
      await organization.transact((work) => createTaxRate(work, rate));
    }
    const clock = await organization.transact((work) => createTestClock(work, { frozenTime: new Date(this.#now) }));
    this.#clockId = clock.id;
    for (const name of ['first', 'second', 'child', 'grandchild'] as const) {
      const place = name === 'grandchild' ? { parentAccountId: accounts.child, billingPolicy: 'self' as const } : {};
      const about = { timezone: 'UTC', testClockId: clock.id, billingAddress: { country: 'AT' } };
      accounts[name] = (await organization.account({ ...about, ...place })).id;
    }
    for (const name of ['A', 'B']) {
      const entity = { name, invoicePrefix: `${name}-`, address: { country: 'AT' } };
      this.#issuers.push((await organization.transact((work) => createLegalEntity(work, entity))).id);
    }
    for (const price of [1_000n, 3_000n, 30_000n, 500n])
      this.#plans.push((await sellPlan(organization, { prices: [flat(price)] })).planId);
    for (const id of [accounts.child, accounts.grandchild, accounts.child]) {
      const { subscription } = await subscribe(organization, id, this.#plans[0]!, { netDays: 60 });
      this.subscriptions.push(subscription.id);
    }
  }

  /** Does something that may be refused; answers whether it was done. */
  async try(what: string, verb: (work: Work) => Promise<unknown>): Promise<boolean> {
    const outcome = await this.organization.transact(verb).then(
      () => 'done',
      (error: unknown) => (error instanceof DomainError ? error.code : Promise.reject(error)),
    );
    this.told.push(`${what}: ${outcome}`);
    return outcome === 'done';
  }

  async goOn(days: number): Promise<void> {
    this.#now += days * 86_400_000;
    this.told.push(`${days} days`);
    await walk(world.app, this.organization, this.#clockId, new Date(this.#now).toISOString());
  }

  invoices(): Promise<Invoice[]> {
    return query<Invoice>(
      world.database.superuserUrl,
      `select id, bill_to_account_id as payer, status, amount_due::int as due from invoices
       where organization_id = $1 order by created_at, id`,
      [this.organization.id],
    );
  }

  pay({ id, payer, due }: Invoice, percent = 100): Promise<boolean> {
    const amount = { amountMinor: BigInt(Math.ceil((due * percent) / 100)), currency: 'EUR' };
    const paid = { accountId: payer, invoiceIds: [id], amount, kind: 'cash' as const };
    return this.try(`pay ${amount.amountMinor}`, (work) => recordManualPayment(work, paid));
  }

  credit(invoiceId: string): Promise<boolean> {
    return this.try(`credit ${invoiceId}`, (work) => issueCreditNote(work, { invoiceId, reason: 'other' }));
  }

  async step(): Promise<unknown> {
    const { random, accounts } = this;
    const id = random.one(this.subscriptions);
    const creditBasis = random.one(['time', 'time', 'none'] as const);
    const own = random.one([accounts.child, accounts.child, accounts.grandchild]);
    switch (
      random.one([
        'time',
        'time',
        'time',
        'change',
        'change',
        'change',
        'move',
        'move',
        'pay',
        'issuer',
        'pause',
        'note',
        'grace',
      ])
    ) {
      case 'change': {
        const settle = random.one(['invoice_now', 'next_invoice', 'next_invoice', 'none'] as const);
        const changes = [{ replacePlan: { plan: { id: random.one(this.#plans) } } }];
        const change = { id, changes, when: 'now', settle, creditBasis } as const;
        return this.try(`change ${id} ${settle} ${creditBasis}`, (work) => changeSubscription(work, change));
      }
      case 'move': {
        const parentAccountId = random.one([accounts.first, accounts.second, null]);
        const billingPolicy = parentAccountId ? random.one(['self', 'parent_pays', 'parent_invoiced'] as const) : null;
        const place = { parentAccountId, ...(billingPolicy ? { billingPolicy } : {}) };
        return this.try(`move ${own} ${JSON.stringify(place)}`, (work) => updateAccount(work, own, place));
      }
      case 'issuer': {
        const legalEntityId = random.one(this.#issuers);
        return this.try(`issuer ${legalEntityId}`, (work) => updateAccount(work, own, { legalEntityId }));
      }
      case 'grace': {
        const invoiceGraceDays = random.one([0, 3]);
        return this.try(`grace ${invoiceGraceDays}`, (work) => updateAccount(work, own, { invoiceGraceDays }));
      }
      case 'pause': {
        const anchor = random.one(['keep', 'shift'] as const);
        const pause = { id, when: 'now', anchor, creditBasis } as const;
        if (await this.try(`resume ${id}`, (work) => resumeSubscription(work, { id }))) return;
        return this.try(`pause ${id} ${anchor}`, (work) => pauseSubscription(work, pause));
      }
      case 'pay': {
        const open = (await this.invoices()).filter(({ status }) => status === 'open');
        return open.length > 0 ? this.pay(random.one(open), random.one([100, 100, 40])) : null;
      }
      case 'note':
        return this.credit(random.one(await this.invoices()).id);
      default:
        return this.goOn(random.one([1, 4, 7, 11, 16, 31]));
    }
  }
}

describe('a family', () => {
  it.each(seeds)(
    'gives back to everybody what they paid, whoever paid and issued when: seed %s',
    async (seed) => {
      const family = await Family.found(seed);
      for (let step = 0; step < 16; step += 1) await family.step();
      for (const id of family.subscriptions)
        await family.try(`end ${id}`, (work) => cancelSubscription(work, { id, at: 'now' }));
      await family.goOn(40);
      const invoices = await family.invoices();
      expect(invoices.filter(({ status }) => status === 'draft')).toEqual([]);
      if (seed % 3 > 0) for (const one of invoices) if (one.status === 'open') await family.pay(one);
      const ordered = seed % 2 === 0 ? invoices : invoices.toReversed();
      for (let isLeft = true; isLeft; ) {
        isLeft = false;
        for (const { id } of ordered) if (await family.credit(id)) isLeft = true;
      }
      const after = await family.invoices();
      const sums = Object.values(family.accounts).map(async (accountId) => {
        const [{ paid } = { paid: 0 }] = await query<{ paid: number }>(
          world.database.superuserUrl,
          'select coalesce(sum(amount), 0)::int as paid from payments where account_id = $1',
          [accountId],
        );
        const owed = after.reduce((sum, { payer, due }) => (payer === accountId ? sum + due : sum), 0);
        return { accountId, paid, back: Number(await creditOf(world, accountId)) - owed };
      });
      for (const { accountId, paid, back } of await Promise.all(sums))
        expect({ accountId, back, told: family.told }).toEqual({ accountId, back: paid, told: family.told });
    },
    120_000,
  );
});
