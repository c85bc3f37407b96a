import type { StripeSimulator } from '../simulator.ts';

/** Where the customer came from and goes back to. */
function returnUrlOf(simulator: StripeSimulator, id: string): string | null {
  const intent = simulator.state.paymentIntents.get(id) ?? simulator.state.setupIntents.get(id);
  return intent?.next_action?.redirect_to_url?.return_url ?? null;
}

/** The bank's page with its two buttons. */
export function authenticationPageHtml(id: string): string {
  const safe = id.replace(/[^A-Za-z0-9_]/g, '');
  return `<!doctype html><title>Stripe simulator</title><h1>Authenticate ${safe}</h1>
<form method="post"><button name="outcome" value="succeed">Complete</button> <button name="outcome" value="fail">Fail</button></form>\n`;
}

/** The customer pressed a button. @returns where to go back to, or null when no return_url was given */
export function pressButton(simulator: StripeSimulator, id: string, body: string): string | null {
  const outcome = new URLSearchParams(body).get('outcome') === 'fail' ? 'fail' : 'succeed';
  const returnUrl = returnUrlOf(simulator, id);
  simulator.world.authenticate(id, outcome);
  if (returnUrl === null) {
    return null;
  }
  const target = new URL(returnUrl);
  target.searchParams.set(id.startsWith('seti_') ? 'setup_intent' : 'payment_intent', id);
  target.searchParams.set('redirect_status', outcome === 'succeed' ? 'succeeded' : 'failed');
  return target.href;
}
