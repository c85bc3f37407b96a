import { accounts } from './accounts/accounts.module.ts';
import type { Module } from './platform/module.ts';

/** The list of modules, lower floors first: delete a line and the feature is gone. */
export const modules: readonly Module[] = [accounts];
