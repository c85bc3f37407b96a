import type { Module } from '../../platform/module.ts';
import { topUpWhatFell } from './automatic-top-up.ts';
import { countFailures, passOver, pauseGivenUp, startWithNewMethod } from './follow-automatic.ts';
import { cancelPurchase, freezeBoughtCredit, giveBoughtCredit } from './follow-invoice.ts';
import { resumeTopUpsJob, resumeTopUpsTimer } from './top-up-jobs.ts';
import { buyAgain } from './top-up-rules.ts';
import { AutomaticTopUpEntity, CreditTopUpEntity, CreditTopUpRefundEntity } from './wallets.entities.ts';
import {
  AccountTopUpsResolver,
  CapturedHoldResolver,
  CreditTopUpResolver,
  topUpNodes,
  WalletsResolver,
} from './wallets.resolver.ts';

export const wallets: Module = {
  name: 'wallets',
  entities: [CreditTopUpEntity, CreditTopUpRefundEntity, AutomaticTopUpEntity],
  resolvers: [WalletsResolver, CreditTopUpResolver, CapturedHoldResolver, AccountTopUpsResolver],
  nodes: { ctu: topUpNodes },
  consequences: {
    'invoice.paid': giveBoughtCredit,
    'invoice.reopened': freezeBoughtCredit,
    'invoice.voided': cancelPurchase,
    'credit.applied': topUpWhatFell,
    'credit.expired': topUpWhatFell,
    'credit.held': topUpWhatFell,
    'invoice.uncollectible': passOver,
    'payment.failed': countFailures,
    'dunning.exhausted': pauseGivenUp,
    'payment_method.default_changed': startWithNewMethod,
    'automatic_top_up.resumed': buyAgain,
  },
  jobs: [resumeTopUpsJob],
  timers: [resumeTopUpsTimer],
  constraints: {
    credit_top_ups_one_automatic: { code: 'CONFLICT', message: 'Credit is being bought by itself already.' },
  },
};
