import type { Module } from '../../platform/module.ts';
import { InvoiceEventResolver, LiveResolver, PaymentEventResolver } from './live.resolver.ts';

/** Subscriptions: what happens, as it happens, resumable from a cursor. */
export const live: Module = { name: 'live', resolvers: [LiveResolver, PaymentEventResolver, InvoiceEventResolver] };
