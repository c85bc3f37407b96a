import pg from 'pg';
import type { BenchDatabase } from '../harness/server.ts';

/** Subscriptions that one round bills: some seconds of work. */
export const mostARound = 20_000;
/** Where the first period that is billed begins. */
export const firstBoundary = '2030-01-10T09:00:00Z';

export interface SubscriptionLoad {
  subscriptions: number;
  organizations: number;
  /** Boundaries fall on so many different hours, so that a round can bill one of them. */
  slices: number;
  /** The end of the trial of the first slice, which is the first boundary. */
  firstBoundary: string;
  collection: 'automatic' | 'manual';
}

/**
 * Loads organizations with an issuer, a tax rate and a plan, and accounts with a payment method and a monthly flat
 * subscription each, straight into the tables. All are in trial, so nothing is billed yet: what was billed before a
 * measured round was billed by the product itself.
 */
export async function loadSubscriptions(database: BenchDatabase, load: SubscriptionLoad): Promise<void> {
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(organizations, [load.organizations]);
    await client.query(merchants);
    await client.query(plans);
    await client.query(people, [load.subscriptions, load.organizations]);
    await client.query(accounts);
    await client.query(subscriptions, [load.firstBoundary, load.slices, load.collection]);
    await client.query(items);
    await client.query('commit');
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

const began = `timestamptz '2029-12-01T00:00:00Z'`;

const organizations = `
  create temp table bench_organizations as
  select g as n, uuidv7() as organization, uuidv7() as entity, uuidv7() as plan, uuidv7() as version, uuidv7() as price, uuidv7() as rate
  from generate_series(1, $1::int) g`;

const merchants = `
  insert into organizations (id, name, mode, timezone, default_currency, created_at, updated_at)
    select organization, 'Merchant ' || n, 'sandbox', 'Europe/Vienna', 'EUR', ${began}, ${began} from bench_organizations;
  insert into legal_entities (organization_id, id, name, address, country, invoice_prefix, is_default, created_at, updated_at)
    select organization, entity, 'Merchant ' || n || ' GmbH', '{"city":"Wien","country":"AT","line1":"Ring 1"}', 'AT', 'INV', true, ${began}, ${began}
    from bench_organizations;
  insert into number_series (organization_id, legal_entity_id, kind, last_number) select organization, entity, 'invoice', 0 from bench_organizations;
  insert into tax_rates (organization_id, id, name, country, percent, inclusive, created_at, updated_at)
    select organization, rate, 'VAT', 'AT', 20, false, ${began}, ${began} from bench_organizations`;

// Prices come in while their version is a draft.
const plans = `
  insert into plans (organization_id, id, name, created_at, updated_at) select organization, plan, 'Membership', ${began}, ${began} from bench_organizations;
  insert into plan_versions (organization_id, id, plan_id, version, status, interval_unit, interval_count, created_at, updated_at)
    select organization, version, plan, 1, 'draft', 'month', 1, ${began}, ${began} from bench_organizations;
  insert into prices (organization_id, id, plan_version_id, component, name, currency, model, parameters, billing_mode, position, created_at)
    select organization, price, version, 'base', 'Base fee', 'EUR', 'flat', '{"amount":"2990"}', 'advance', 0, ${began} from bench_organizations;
  update plan_versions set status = 'published', published_at = ${began} where status = 'draft'`;

const people = `
  create temp table bench_people as
  select s.g as n, o.*, uuidv7() as account, uuidv7() as method, uuidv7() as subscription, uuidv7() as item
  from (select g from generate_series(0, $1::int - 1) g order by g) s
  join (select n as place, organization, plan, version, price from bench_organizations) o on o.place = s.g % $2::int + 1
  order by s.g`;

const accounts = `
  insert into accounts (organization_id, id, name, email, currency, timezone, locale, billing_address, created_at, updated_at)
    select organization, account, 'Customer ' || n, 'customer-' || n || '@example.com', 'EUR', 'Europe/Vienna', 'de-AT',
      '{"city":"Graz","country":"AT","line1":"Gasse 7","postalCode":"8010"}', ${began}, ${began} from bench_people;
  insert into payment_methods (organization_id, id, account_id, provider, provider_ref, type, brand, last4, exp_month, exp_year, is_default, created_at, updated_at)
    select organization, method, account, 'sandbox', 'pm_success', 'card', 'visa', '4242', 12, 2040, true, ${began}, ${began} from bench_people`;

const subscriptions = `
  insert into subscriptions (organization_id, id, account_id, status, currency, timezone, anchor_at, interval_unit, interval_count, collection,
      started_at, current_period_start, current_period_end, trial_start, trial_end, next_billing_at, created_at, updated_at)
    select organization, subscription, account, 'trialing', 'EUR', 'Europe/Vienna', boundary, 'month', 1, $3,
      ${began}, ${began}, boundary, ${began}, boundary, boundary, ${began}, ${began}
    from (select p.*, $1::timestamptz + make_interval(hours => p.n % $2::int) as boundary from bench_people p) p`;

const items = `
  insert into subscription_items (organization_id, id, subscription_id, plan_id, plan_version_id, price_id, component, billing_mode, quantity,
      active_from, position, created_at, updated_at)
    select organization, item, subscription, plan, version, price, 'base', 'advance', 1, ${began}, 0, ${began}, ${began}
    from bench_people`;
