import { accounts } from './accounts/accounts.module.ts';
import { credits } from './collecting/credits/credits.module.ts';
import { documents } from './collecting/documents/documents.module.ts';
import { dunning } from './collecting/dunning/dunning.module.ts';
import { invoicing } from './collecting/invoicing/invoicing.module.ts';
import { ledger } from './collecting/ledger/ledger.module.ts';
import { payments } from './collecting/payments/payments.module.ts';
import { tax } from './collecting/tax/tax.module.ts';
import { wallets } from './collecting/wallets/wallets.module.ts';
import type { Module } from './platform/module.ts';
import { audit } from './reporting/audit/audit.module.ts';
import { exchangeRates } from './reporting/exchange-rates/exchange-rates.module.ts';
import { live } from './reporting/live/live.module.ts';
import { catalog } from './selling/catalog/catalog.module.ts';
import { coupons } from './selling/coupons/coupons.module.ts';
import { planMigrations } from './selling/plan-migrations/plan-migrations.module.ts';
import { subscriptions } from './selling/subscriptions/subscriptions.module.ts';

/** The list of modules, lower floors first: delete a line and the feature is gone. */
// One a line, so that features do not get in each other's way.
// biome-ignore format: see above
export const modules: readonly Module[] = [
  accounts,
  ledger,
  tax,
  credits,
  invoicing,
  wallets,
  payments,
  documents,
  dunning,
  catalog,
  coupons,
  subscriptions,
  planMigrations,
  audit,
  exchangeRates,
  live,
];
