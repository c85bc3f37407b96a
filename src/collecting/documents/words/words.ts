/** What a language prints. `{…}` are filled in. */
export interface Words {
  readonly invoice: string;
  readonly creditNote: string;
  readonly receipt: string;
  readonly invoiceNumber: string;
  readonly creditNoteNumber: string;
  readonly receiptNumber: string;
  readonly issuedOn: string;
  readonly dueOn: string;
  readonly paidOn: string;
  readonly purchaseOrder: string;
  readonly billTo: string;
  readonly paidBy: string;
  readonly corrects: string;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly amountIn: string;
  readonly discount: string;
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly netTotal: string;
  /** `{name}`, `{percent}`, `{base}`. */
  readonly taxOn: string;
  readonly taxIncludedIn: string;
  readonly total: string;
  readonly creditsApplied: string;
  readonly carriedToCredit: string;
  readonly amountDue: string;
  readonly amountDueBy: string;
  readonly nothingDue: string;
  readonly amountCredited: string;
  readonly amountPaid: string;
  readonly amountPaidOn: string;
  readonly method: string;
  readonly cash: string;
  readonly check: string;
  readonly bankTransfer: string;
  readonly otherMethod: string;
  readonly card: string;
  readonly endingIn: string;
  readonly reference: string;
  readonly coveredInvoice: string;
  readonly toCreditBalance: string;
  /** Of lines that say something by themselves; `{of}`. */
  readonly unusedTime: string;
  readonly minimumCommitment: string;
  readonly prepaidCredit: string;
  readonly taxId: string;
  /** The number of a business for value added tax. */
  readonly vatId: string;
  /** What stands for the name of a tax that the buyer owes; below, the sentence about it. */
  readonly reverseChargeTax: string;
  readonly reverseCharge: string;
  readonly taxExempt: string;
  readonly voided: string;
  readonly sandbox: string;
  readonly page: string;
  readonly months: readonly string[];
  /** `{day}`, `{month}` (a name of `months`), `{year}`. */
  readonly date: string;
  readonly decimal: string;
  readonly group: string;
  /** Whole digits from which on they are grouped. */
  readonly groupFrom: 4 | 5;
  /** `{number}`, `{code}`. */
  readonly money: string;
  readonly direction: 'ltr' | 'rtl';
}
