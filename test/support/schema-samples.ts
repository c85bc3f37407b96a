import { isEnumType } from 'graphql';
import { type IdPrefix, idPrefixes } from '../../src/platform/id.ts';
import type { Sample } from './schema-walk.ts';

const kinds = Object.entries(idPrefixes).map(([prefix, type]) => ({ prefix: prefix as IdPrefix, type }));

/** Places whose names do not say it. */
const toldByNoName: Readonly<Record<string, IdPrefix>> = {
  'DraftLineInput.lineId': 'il',
  'UpdateDraftInvoiceInput.removeLineIds': 'il',
  'EndTrialInput.id': 'sub',
  'ExtendTrialInput.id': 'sub',
  'UndoSubscriptionChangeInput.id': 'sch',
  'WithdrawCreditInput.id': 'cg',
};

/** The kind of object whose id a place takes, as its name says it: the longest name of a type that fits. */
export function kindOfId(name: string, parent: string, root: string): IdPrefix | null {
  const told = toldByNoName[`${parent}.${name}`];
  if (told) return told;
  const stem = name.replace(/Ids?$/, '');
  const own = stem === 'id' || stem === 'ids' || stem === '';
  const texts = own ? [parent, root] : [`${stem[0]?.toUpperCase()}${stem.slice(1)}`, parent, root];
  for (const text of texts) {
    const fitting = kinds.filter(({ type }) =>
      own ? text.toLowerCase().includes(type.toLowerCase()) : type.endsWith(text) || text.endsWith(type),
    );
    const [longest] = fitting.sort((left, right) => right.type.length - left.type.length);
    if (longest) return longest.prefix;
  }
  return null;
}

const texts: Readonly<Record<string, string>> = {
  password: 'a long enough password 1',
  currentPassword: 'a long enough password 1',
  newPassword: 'a long enough password 2',
  email: 'somebody@example.com',
  permissions: 'accounts:read',
  types: 'invoice.finalized',
  secretKey: 'sk_test_51abcdefghijklmnopqrstuv',
  webhookSecrets: 'whsec_abcdefghijklmnopqrstuvwxyz',
  sandboxToken: 'success',
  stripePaymentMethodId: 'pm_1abcdefghijklmnopqrstuv',
  invoicePrefix: 'ABC',
  locale: 'en',
  component: 'base',
  value: 'ATU12345675',
};

const later = new Set(['end', 'before', 'to', 'validTo', 'expiresAt', 'trialEnd']);

/** Values that fit; ids come from `id`. */
export function samples(id: (prefix: IdPrefix | null, place: { name: string; parent: string }) => string): Sample {
  return ({ type, name, parent, root }) => {
    if (isEnumType(type)) {
      const values = type.getValues().map((value) => value.name);
      return type.name === 'CurrencyCode' ? 'EUR' : values[0];
    }
    switch (type.name) {
      case 'ID':
        return id(kindOfId(name, parent, root.name), { name, parent });
      case 'Int':
        return 1;
      case 'BigInt':
        return '100';
      case 'Decimal':
        return '1';
      case 'Boolean':
        return true;
      case 'Metadata':
        return { key: 'value' };
      case 'DateTime':
        return later.has(name) ? '2027-03-01T00:00:00Z' : '2026-02-01T00:00:00Z';
      case 'Date':
        return later.has(name) ? '2027-03-01' : '2026-02-01';
      case 'TimeZone':
        return 'Europe/Vienna';
      case 'CountryCode':
        return 'AT';
      case 'EmailAddress':
        return 'somebody@example.com';
      default:
        return texts[name] ?? 'text';
    }
  };
}
