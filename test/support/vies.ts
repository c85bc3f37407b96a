import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the register answers: a body and a status, or nothing at all. */
export type ViesAnswer = { status?: number; body: unknown } | 'silence';

/** A register of VAT ids like that of the European Union, which a test makes say what it likes. */
export interface FakeVies {
  url: string;
  /** What it was asked, in order. */
  asked: { countryCode: string; vatNumber: string; requesterMemberStateCode?: string; requesterNumber?: string }[];
  /** What it answers from now on about a number with its prefix; the rest is not in use. */
  says(taxId: string, answer: ViesAnswer): void;
  close(): Promise<void>;
}

/** As VIES says that a number is in use. */
export const inUse = (name = 'ACME GMBH'): ViesAnswer => ({
  body: {
    valid: true,
    requestIdentifier: 'WAPIAAAAZ1',
    name,
    address: 'MAIN STREET 1\nBERLIN',
    traderNameMatch: 'NOT_PROCESSED',
  },
});

/** As VIES says that a member state does not answer now: with status 200, and `valid` or not. */
export const away = (error = 'MS_UNAVAILABLE'): ViesAnswer => ({
  body: { actionSucceed: false, errorWrappers: [{ error }] },
});

/** Starts it. */
export async function fakeVies(): Promise<FakeVies> {
  const answers = new Map<string, ViesAnswer>();
  const asked: FakeVies['asked'] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      const question = JSON.parse(text) as FakeVies['asked'][number];
      asked.push(question);
      const answer = answers.get(`${question.countryCode}${question.vatNumber}`) ?? {
        body: { valid: false, name: '---' },
      };
      if (answer === 'silence' || request.url !== '/check-vat-number') return;
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    says: (taxId, answer) => answers.set(taxId, answer),
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}
