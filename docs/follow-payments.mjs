// Prints what happens to payments as it happens, and goes on where it was after every cut:
//
//   PERENNIAL_KEY=bk_test_… node docs/follow-payments.mjs             all payments of the organization
//   PERENNIAL_KEY=bk_test_… node docs/follow-payments.mjs acc_…       those of one account
//
// PERENNIAL_URL says where, if not at ws://127.0.0.1:4000/graphql.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { PERENNIAL_KEY, PERENNIAL_URL = 'ws://127.0.0.1:4000/graphql' } = process.env;

const client = createClient({
  url: PERENNIAL_URL,
  webSocketImpl: WebSocket,
  // A function, so that a session's newest access token is sent when the socket opens again.
  connectionParams: () => ({ authorization: `Bearer ${PERENNIAL_KEY}` }),
  retryAttempts: Number.POSITIVE_INFINITY,
  // 4401: the key is wrong or has ended; coming back would not help. All else passes.
  shouldRetry: (event) => event?.code !== 4401,
  on: { connected: () => console.log(`Following payments at ${PERENNIAL_URL}`) },
});

const query = `subscription ($filter: PaymentEventFilter, $after: ID) {
  paymentEvents(filter: $filter, after: $after) {
    type
    cursor
    paymentId
    status
    amount {
      formatted(locale: "en")
    }
    failureCode
  }
}`;

/** Where events stand now: with it, a connection that is cut before the first event loses nothing either. */
async function eventCursor() {
  const response = await fetch(PERENNIAL_URL.replace(/^ws/, 'http'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${PERENNIAL_KEY}` },
    body: JSON.stringify({ query: '{ eventCursor }' }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data.eventCursor;
}

// The library sends these again when it reconnects: with the last cursor in them, nothing is missed.
const variables = { filter: process.argv[2] ? { accountId: process.argv[2] } : {}, after: await eventCursor() };

client.subscribe(
  { query, variables },
  {
    next({ data, errors }) {
      if (errors) return console.error(errors);
      const { type, cursor, status, amount, failureCode } = data.paymentEvents;
      variables.after = cursor;
      if (type === 'GAP') return console.log('GAP: some events cannot be told any more. Read the payments anew.');
      console.log([type, status, amount?.formatted, failureCode].filter(Boolean).join('  '));
    },
    error(reason) {
      console.error(reason.code ? `Closed: ${reason.code} ${reason.reason}` : reason);
      process.exitCode = 1;
    },
    complete() {},
  },
);
