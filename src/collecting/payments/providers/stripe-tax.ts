import type { App } from '../../../platform/app-types.ts';
import {
  askedLines,
  type FiledAnswer,
  type RemoteTax,
  type TaxFiling,
  type TaxQuestion,
  type TaxQuestionLine,
  type ToldAnswer,
  type ToldTax,
} from '../../tax/index.ts';
import { clientOf, connectionOf } from './gateways.ts';
import { fromStripeAmount, toStripeAmount } from './stripe-amounts.ts';
import { readFault, type Stripe } from './stripe-client.ts';

/**
 * Stripe Tax, on the organization's own connection: a calculation for each question, a transaction for each sale that became
 * final, a reversal for what is taken back. An invoice of more lines than Stripe takes at once is asked about, and filed, in
 * parts: each line is taxed by itself. The names of the parts are kept together. Source: docs.stripe.com/tax/custom, API
 * reference "Tax".
 */
export const stripeTax: RemoteTax = {
  name: 'stripe_tax',
  calculate: (app, question, invoiceId, hash) =>
    withStripe(app, question.organizationId, (stripe, livemode) =>
      calculate({ stripe, livemode, now: app.clock.now() }, question, `tax-${invoiceId}-${hash.slice(0, 32)}`),
    ),
  recordSale: (app, filing) =>
    withStripe<FiledAnswer>(app, filing.organizationId, async (stripe) => {
      const made: string[] = [];
      for (const [index, calculation] of filing.of.split(' ').entries()) {
        const reference = ofPart(filing.reference, index);
        const one = await stripe.tax.transactions.createFromCalculation(
          { calculation, reference },
          { idempotencyKey: `tax-${reference}` },
        );
        made.push(one.id);
      }
      return { status: 'filed', reference: made.join(' ') };
    }),
  recordReversal: (app, filing) =>
    withStripe<FiledAnswer>(app, filing.organizationId, async (stripe) => {
      const made: string[] = [];
      for (const [index, of] of filing.of.split(' ').entries()) {
        const reversal = await reversalOf(stripe, { ...filing, of, reference: ofPart(filing.reference, index) });
        if (!reversal) continue;
        const one = await stripe.tax.transactions.createReversal(reversal, {
          idempotencyKey: `tax-${reversal.reference}`,
        });
        made.push(one.id);
      }
      if (made.length > 0) return { status: 'filed', reference: made.join(' ') };
      return { status: 'refused', problem: 'Stripe Tax has no sale of these lines.' };
    }),
};

/** The reference of a part: the first one has that of the whole. */
const ofPart = (reference: string, index: number): string =>
  index === 0 ? reference : `${reference}-part-${index + 1}`;

type NoAnswer = Extract<ToldAnswer, { problem: string }>;

/** Asks Stripe; an error is a refusal of this request, or says that it may be sent again. */
async function withStripe<T>(
  app: App,
  organizationId: string,
  ask: (stripe: Stripe, livemode: boolean) => Promise<T | NoAnswer>,
): Promise<T | NoAnswer> {
  const connection = await connectionOf(app, organizationId);
  if (!connection) return { status: 'unavailable', problem: 'Stripe is not connected.' };
  try {
    return await ask(clientOf(app, connection), connection.livemode);
  } catch (error) {
    const fault = readFault(error);
    if (fault.kind === 'refused' || fault.kind === 'declined') {
      return { status: 'refused', problem: `Stripe Tax: ${fault.message}`.slice(0, 500) };
    }
    if (fault.kind === 'deferred') return { status: 'unavailable', problem: `Stripe Tax: ${fault.reason}` };
    return { status: 'unavailable', problem: 'Stripe Tax could not be reached.' };
  }
}

/** So many lines Stripe takes, and shows, at once. */
const mostLines = 100;
const day = 86_400_000;
/** Stripe calculates as of at most so many days before or after today. */
const farthestDays = 31;

interface Ground {
  stripe: Stripe;
  livemode: boolean;
  now: Date;
}

async function calculate(ground: Ground, question: TaxQuestion, key: string): Promise<ToldAnswer> {
  const asked = askedLines(question);
  const refusal = refusalOf(question);
  if (refusal) return { status: 'refused', problem: refusal };
  const answers: Extract<ToldAnswer, { status: 'told' }>[] = [];
  for (let first = 0; first < asked.length; first += mostLines) {
    const lines = asked.slice(first, first + mostLines);
    const answer = await calculatePart(ground, question, lines, ofPart(key, answers.length));
    if (answer.status !== 'told') return answer;
    answers.push(answer);
  }
  return {
    status: 'told',
    reference: answers.map(({ reference }) => reference).join(' '),
    lines: answers.flatMap(({ lines }) => lines),
  };
}

async function calculatePart(
  ground: Ground,
  question: TaxQuestion,
  asked: readonly TaxQuestionLine[],
  key: string,
): Promise<ToldAnswer> {
  const { currency } = question;
  const amounts = new Map<string, number>();
  for (const line of asked) {
    const amount = toStripeAmount(line.amountMinor, currency, { minimum: false });
    if (!amount.ok) return { status: 'refused', problem: `Stripe Tax does not take this amount: ${amount.code}.` };
    amounts.set(line.id, amount.amount);
  }
  const { stripe } = ground;
  const parameters = parametersOf(ground, question, asked, amounts);
  const made = await stripe.tax.calculations.create(parameters, { idempotencyKey: key });
  if (!made.id) return { status: 'unavailable', problem: 'Stripe Tax kept no calculation.' };
  const lines: Stripe.Tax.CalculationLineItem[] = [];
  const shown = { limit: mostLines, expand: ['data.tax_breakdown'] };
  for await (const line of stripe.tax.calculations.listLineItems(made.id, shown)) lines.push(line);
  return readCalculation(made, lines, amounts, currency);
}

/** What Stripe cannot be asked, said before it is. */
function refusalOf(question: TaxQuestion): string | null {
  const asked = askedLines(question);
  if (!question.buyer.address) return 'The buyer has no billing address, which the tax depends on.';
  if (asked.some((line) => line.amountMinor < 0n))
    return 'Stripe Tax takes no line below zero: take it off, and issue a credit note instead.';
  return null;
}

const taxIdTypes: Readonly<Record<string, string>> = {
  EU_VAT: 'eu_vat',
  GB_VAT: 'gb_vat',
  CH_VAT: 'ch_vat',
  NO_VAT: 'no_vat',
  US_EIN: 'us_ein',
  CA_GST: 'ca_gst_hst',
  AU_ABN: 'au_abn',
  IN_GST: 'in_gst',
  BR_CNPJ: 'br_cnpj',
};

function parametersOf(
  ground: Ground,
  question: TaxQuestion,
  asked: readonly TaxQuestionLine[],
  amounts: ReadonlyMap<string, number>,
): Stripe.Tax.CalculationCreateParams {
  const { buyer, issuer, currency } = question;
  const { line1, line2, city, postalCode, region, country } = buyer.address!;
  // One date for all: the latest of the lines, which is that of finalization unless all was supplied before.
  const on = askedLines(question)
    .map((line) => line.on)
    .sort()
    .at(-1)!;
  const at = Date.parse(`${on}T12:00:00Z`);
  const outOfReach = Math.abs(at - ground.now.getTime()) > farthestDays * day;
  return {
    currency: currency.toLowerCase(),
    // Clocks of tests go farther than Stripe looks; the rules of today stand in for them. Live, it refuses, and that is told.
    ...(outOfReach && !ground.livemode ? {} : { tax_date: at / 1_000 }),
    customer_details: {
      address: {
        ...{ country, line1: line1 ?? '', line2: line2 ?? '', city: city ?? '' },
        ...{ postal_code: postalCode ?? '', state: region ?? '' },
      },
      address_source: 'billing',
      tax_ids: buyer.taxIds.flatMap(({ type, value }) => {
        const known = taxIdTypes[type];
        return known ? [{ type: known as 'eu_vat', value }] : [];
      }),
      taxability_override: buyer.exemptOn(on) ? 'customer_exempt' : 'none',
    },
    line_items: asked.map(({ id, category }) => {
      const code = codeOf(issuer, category);
      return {
        ...{ amount: amounts.get(id)!, reference: id },
        tax_behavior: issuer.pricesIncludeTax ? 'inclusive' : 'exclusive',
        ...(code ? { tax_code: code } : {}),
      };
    }),
  };
}

/** Stripe's code of a tax category; a category that is one of Stripe's codes stands for itself. Else the account's default counts. */
function codeOf(issuer: TaxQuestion['issuer'], category: string | null): string | null {
  if (category === null) return null;
  const known = issuer.taxCodes.find((one) => one.category === category)?.code;
  return known ?? (/^txcd_\d{8}$/.test(category) ? category : null);
}

/** The answer, if it is one to what was asked and its sums agree; amounts are taken as they are. */
function readCalculation(
  made: Stripe.Tax.Calculation,
  lines: readonly Stripe.Tax.CalculationLineItem[],
  asked: ReadonlyMap<string, number>,
  currency: string,
): ToldAnswer {
  const wrong: ToldAnswer = { status: 'refused', problem: 'The answer of Stripe Tax does not add up.' };
  if (lines.length !== asked.size || made.currency.toUpperCase() !== currency) return wrong;
  let [total, exclusive, inclusive] = [0, 0, 0];
  for (const line of lines) {
    const taxes = (line.tax_breakdown ?? []).reduce((sum, tax) => sum + tax.amount, 0);
    if (asked.get(line.reference) !== line.amount || taxes !== line.amount_tax) return wrong;
    total += line.amount;
    if (line.tax_behavior === 'inclusive') inclusive += line.amount_tax;
    else exclusive += line.amount_tax;
  }
  const agrees = made.tax_amount_exclusive === exclusive && made.tax_amount_inclusive === inclusive;
  if (!agrees || made.amount_total !== total + exclusive) return wrong;
  return {
    status: 'told',
    reference: made.id ?? '',
    lines: lines.map((line) => ({ lineId: line.reference, taxes: taxesOf(line, currency) })),
  };
}

function taxesOf(line: Stripe.Tax.CalculationLineItem, currency: string): ToldTax[] {
  const inclusive = line.tax_behavior === 'inclusive';
  return (line.tax_breakdown ?? []).flatMap((tax): ToldTax[] => {
    const { jurisdiction, tax_rate_details: rate, taxability_reason: reason } = tax;
    const reversed = reason === 'reverse_charge';
    if (!reversed && tax.amount === 0 && (!rate || tax.taxable_amount === 0)) return [];
    const where = jurisdiction.state ? `${jurisdiction.country}/${jurisdiction.state}` : jurisdiction.country;
    const inner = jurisdiction.level === 'country' || jurisdiction.level === 'state';
    const place = inner ? where : `${where} (${jurisdiction.display_name})`;
    const [name, percent] = [rate?.display_name ?? 'Tax', plainPercent(rate?.percentage_decimal ?? '0')];
    const named = inner ? name : `${name}, ${jurisdiction.display_name}`;
    return [
      {
        key: [jurisdiction.level, place, rate?.tax_type ?? '', named, percent, inclusive].join('|'),
        ...{ name: named.slice(0, 100), place, percent: reversed ? '0' : percent, inclusive: inclusive && !reversed },
        treatment: reversed ? 'reverse_charge' : 'taxed',
        taxableMinor: fromStripeAmount(tax.taxable_amount, currency),
        amountMinor: fromStripeAmount(tax.amount, currency),
      },
    ];
  });
}

/** `20.0` as `20`. */
const plainPercent = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** What is taken back of one transaction; null where nothing is. */
async function reversalOf(
  stripe: Stripe,
  filing: TaxFiling,
): Promise<Stripe.Tax.TransactionCreateReversalParams | null> {
  const { of, reference, lines } = filing;
  if (lines === null) return { mode: 'full', original_transaction: of, reference };
  const original = new Map<string, { id: string; currency: string }>();
  const sale = await stripe.tax.transactions.retrieve(of);
  for await (const line of stripe.tax.transactions.listLineItems(of, { limit: mostLines })) {
    original.set(line.reference, { id: line.id, currency: sale.currency.toUpperCase() });
  }
  const items = lines.flatMap(({ lineId, amountMinor, taxMinor }, index) => {
    const known = original.get(lineId);
    if (!known) return [];
    const back = (minor: bigint) => {
      const amount = toStripeAmount(minor, known.currency, { minimum: false });
      return amount.ok ? -amount.amount : 0;
    };
    return [
      {
        ...{ original_line_item: known.id, reference: `${reference}-${index + 1}` },
        ...{ amount: back(amountMinor), amount_tax: back(taxMinor) },
      },
    ];
  });
  return items.length === 0 ? null : { mode: 'partial', original_transaction: of, reference, line_items: items };
}
