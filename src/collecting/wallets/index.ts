export { captureHold } from './capture-hold.ts';
export { type BoughtCover, restoreBoughtCredit, takeBoughtCredit } from './refund-bought.ts';
export { topUpCredit } from './top-up-credit.ts';
export { removeAutomaticTopUp, resumeAutomaticTopUp, setAutomaticTopUp } from './top-up-rules.ts';
export { AutomaticTopUpEntity, CreditTopUpEntity } from './wallets.entities.ts';
export type { AutomaticTopUpInput, CaptureHoldInput, TopUpCreditInput } from './wallets.inputs.ts';
