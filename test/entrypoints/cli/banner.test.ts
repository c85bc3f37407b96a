import { expect, test } from '@jest/globals';
import { bannerOf } from '../../../src/entrypoints/cli/demo/banner.ts';
import type { Running } from '../../../src/main.ts';
import { testConfig } from '../../support/world.ts';

const running = { url: 'http://127.0.0.1:4000', session: {} } as Running;
const keepsake = { apiKey: 'bk_test_x', email: 'a@example.com', password: 'x' } as Parameters<typeof bannerOf>[1];

test('says that nothing is sent only where that is so', () => {
  const { stripe } = testConfig();
  const connected = testConfig({ stripe: { ...stripe, secretKey: 'sk_test_x', apiBase: 'https://api.stripe.com' } });
  expect(bannerOf(running, keepsake, testConfig())).toContain('Nothing is sent anywhere.');
  const banner = bannerOf(running, keepsake, connected);
  expect(banner).not.toContain('Nothing is sent anywhere.');
  expect(banner).toContain('Cards of Stripe are charged at https://api.stripe.com.');
});
