import type { ChargeOutcome, Gateway } from './gateway.ts';

const refuse = (): never => {
  throw new Error('a payment made by hand has no provider');
};

/** Cash, checks and bank transfers: what people record has happened, and a refund is what they say they gave back. */
export const manualGateway: Gateway = {
  provider: 'manual',
  afterAction: 'look_up',
  charge: async (): Promise<ChargeOutcome> => ({ status: 'succeeded', providerRef: null }),
  lookUp: async (): Promise<ChargeOutcome> => ({ status: 'succeeded', providerRef: null }),
  capture: async () => refuse(),
  cancel: async () => refuse(),
  refund: async () => ({ status: 'succeeded', providerRef: null }),
  lookUpRefund: async () => ({ status: 'succeeded', providerRef: null }),
  createCustomer: async () => null,
  deleteCustomer: async () => undefined,
  attachMethod: async () => refuse(),
  detachMethod: async () => refuse(),
  setUpMethod: async () => refuse(),
};
