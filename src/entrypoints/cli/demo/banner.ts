import type { Config } from '../../../config.ts';
import type { Running } from '../../../main.ts';
import type { Keepsake } from './keepsake.ts';

/** What a newcomer needs to know, in one screen. */
export function bannerOf(running: Running, keepsake: Keepsake, config: Config): string {
  const { url, session } = running;
  const askedPort = config.http.port;
  const sent = config.stripe.secretKey
    ? `Cards of Stripe are charged at ${config.stripe.apiBase}.`
    : 'Nothing is sent anywhere.';
  const port = Number(new URL(url!).port);
  const curl = [
    `curl -s ${url}/graphql \\`,
    `    -H 'content-type: application/json' -H 'authorization: Bearer ${keepsake.apiKey}' \\`,
    `    -d '{"query":"{ invoices(first: 3) { nodes { number status total { formatted } account { name } } } }"}'`,
  ].join('\n  ');
  return [
    '',
    '  Perennial is billing.',
    ...(port === askedPort ? [] : [`  Port ${askedPort} is taken, so it listens on ${port}.`]),
    ...(session.embedded?.relocated ? [`  The database lies in ${session.embedded.directory}.`] : []),
    '',
    `  Explorer   ${url}/graphiql`,
    `  GraphQL    ${url}/graphql      websocket ${url!.replace('http', 'ws')}/graphql`,
    `  Metrics    ${url}/metrics      health ${url}/health/ready`,
    `  API key    ${keepsake.apiKey}`,
    `  Member     ${keepsake.email} / ${keepsake.password}`,
    '',
    `  ${curl}`,
    '',
    `  Ctrl-C stops and keeps everything; npm start goes on; npm start -- --reset begins anew. ${sent}`,
    '',
  ].join('\n');
}
