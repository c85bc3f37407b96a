import { accounts } from './accounts/accounts.module.ts';
import { credits } from './collecting/credits/credits.module.ts';
import { invoicing } from './collecting/invoicing/invoicing.module.ts';
import { ledger } from './collecting/ledger/ledger.module.ts';
import { tax } from './collecting/tax/tax.module.ts';
import type { Module } from './platform/module.ts';
import { catalog } from './selling/catalog/catalog.module.ts';
import { subscriptions } from './selling/subscriptions/subscriptions.module.ts';

/** The list of modules, lower floors first: delete a line and the feature is gone. */
export const modules: readonly Module[] = [accounts, ledger, tax, credits, invoicing, catalog, subscriptions];
