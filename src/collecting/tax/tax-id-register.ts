/** What a register says of a tax id. Whatever is not a clear yes or no is `unavailable`: nothing follows from it. */
export type RegisterAnswer =
  | { status: 'valid'; name: string | null; address: string | null; consultationNumber: string | null }
  | { status: 'invalid' }
  | { status: 'unavailable'; reason: string };

/** A register of tax ids that is asked over the network, outside of any transaction. It never throws. */
export interface TaxIdRegister {
  readonly name: 'vies';
  /** `taxId` with its prefix; `requester`: the number of whoever asks, for a consultation number that proves it. */
  check(taxId: string, requester: string | null): Promise<RegisterAnswer>;
}
