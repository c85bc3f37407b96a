import type { App } from '../../platform/app-types.ts';
import type { RemoteTax, TaxProviderName } from './tax-provider.ts';

/** Under this name modules above offer the services that tell taxes (`Module.offers`). */
export const remoteTaxPort = 'tax.remote';

/** The service of a provider, where some module offers it; null for the merchant's own rates. */
export function remoteTaxOf(app: App, name: TaxProviderName): RemoteTax | null {
  for (const { offers } of app.modules) {
    const offered = offers?.[remoteTaxPort] as readonly RemoteTax[] | undefined;
    const found = offered?.find((one) => one.name === name);
    if (found) return found;
  }
  return null;
}
