import { invalidRequest } from './errors.ts';
import { arrayOf, emptyable, hash, identifier, integer, type Shape, text } from './parameters.ts';

const seconds = integer({ minimum: 0 });

/** `created=123` or `created[gte]=123`, in Unix seconds. */
export interface Range {
  gt?: number;
  gte?: number;
  lt?: number;
  lte?: number;
}

const rangeHash = hash({ gt: seconds, gte: seconds, lt: seconds, lte: seconds });

export const range: Shape<Range> = (value, path) => {
  if (typeof value === 'string') {
    const exact = seconds(value, path);
    return { gte: exact, lte: exact };
  }
  return rangeHash(value, path);
};

export const expandParameter = { expand: arrayOf(identifier()) };

/** The parameters of every list. */
export const listParameters = {
  ...expandParameter,
  limit: integer({ minimum: 1, maximum: 100 }),
  starting_after: identifier(),
  ending_before: identifier(),
};

export const createdListParameters = { ...listParameters, created: range };

const addressFields = hash({
  city: text(),
  country: text(2),
  line1: text(),
  line2: text(),
  postal_code: text(),
  state: text(),
});

/** An address; what is not given is null, as Stripe shows it. */
export const addressHash: Shape<Record<string, string | null>> = (value, path) => ({
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
  ...addressFields(value, path),
});

export const shippingHash = hash({
  address: addressHash,
  name: text(),
  phone: text(),
  carrier: text(),
  tracking_number: text(),
});

/** An e-mail address; empty unsets it. */
export const email: Shape<string | null> = emptyable((value, path) => {
  const address = text(512)(value, path);
  if (!address || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) {
    throw invalidRequest(`Invalid email address: ${address}`, { code: 'email_invalid', param: path });
  }
  return address;
});
