import type Stripe from 'stripe';
import type { EndpointRecord } from '../engine/state.ts';
import type { Delivery, WebhookSettings } from './delivery-rules.ts';
import { post } from './http-post.ts';
import { signatureHeader } from './signature.ts';

/** Sends an event once, at the endpoint's version and signed now, and notes the outcome. @returns the status, or null without an answer */
export async function sendOnce(
  event: Stripe.Event,
  record: EndpointRecord,
  delivery: Delivery,
  settings: Pick<WebhookSettings, 'timeoutMilliseconds' | 'signedAt'>,
): Promise<number | null> {
  const body = JSON.stringify({ ...event, api_version: record.endpoint.api_version, pending_webhooks: 1 }, null, 2);
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    // The receiver compares with its own clock, so the simulated time has no say here.
    'Stripe-Signature': signatureHeader(body, record.secrets, Math.floor((settings.signedAt ?? Date.now)() / 1000)),
  };
  try {
    const status = await post(record.endpoint.url, body, headers, settings.timeoutMilliseconds);
    delivery.attempts.push({ status, error: null });
    return status;
  } catch (error) {
    delivery.attempts.push({ status: null, error: String(error) });
    return null;
  }
}
