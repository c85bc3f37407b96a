import type { App } from '../../platform/app-types.ts';
import type { TaxIdRegister } from './tax-id-register.ts';
import { viesRegister } from './vies.ts';

/** The register that this installation asks (`PERENNIAL_TAX_ID_REGISTER`); null where it asks none. */
export function registerOf(app: App): TaxIdRegister | null {
  const { register, viesUrl, timeoutMilliseconds } = app.config.taxIds;
  return register === 'vies' ? viesRegister({ url: viesUrl, timeoutMilliseconds }) : null;
}
