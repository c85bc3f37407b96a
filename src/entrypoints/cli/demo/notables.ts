import { type Player, type Region, regions } from './cast.ts';
import {
  cancel,
  change,
  changeAtPeriodEnd,
  changeIn,
  endTrial,
  extendTrial,
  pause,
  reactivate,
  resume,
  toPlan,
  toQuantity,
  undo,
  withAddOn,
} from './changes.ts';
import { accountOf, type Client } from './client.ts';
import {
  creditInVain,
  creditPaid,
  creditUnpaid,
  type Deed,
  endDiscount,
  extraWork,
  grant,
  grantInVain,
  openOrder,
  orders,
  type Scene,
  today,
  topUp,
  workToCome,
} from './deeds.ts';

/** A customer with a story: what it does beside paying, in the order of its days. */
export interface Notable extends Player {
  deeds: readonly Deed[];
}

type Known = Partial<Player> & Pick<Notable, 'externalId' | 'name' | 'plan' | 'deeds'>;

/** Comes early and stays, unless it says otherwise. */
const from = (key: Region['key'], known: Known): Notable => ({
  email: `${known.externalId}@example.com`,
  region: regions.find((region) => region.key === key)!,
  seats: 4,
  method: 'success',
  comesOnDay: 12,
  leavesAfterDays: null,
  ...known,
});

const vatOf = (value: string) => [{ type: 'EU_VAT', value }];
const address = (line1: string, postalCode: string, city: string, country: string) => ({
  billingAddress: { line1, postalCode, city, country },
});
const code = (promotionCode: string) => ({ discounts: [{ promotionCode }] });

/** Who shows what prices, changes, credit and credit notes do. The deeds of each are in the order of their days. */
export const notables: readonly Notable[] = [
  from('berlin', {
    externalId: 'lindenhof',
    name: 'Druckerei Lindenhof GmbH',
    plan: 'team',
    account: { ...address('Lindenstraße 7', '10969', 'Berlin', 'DE'), taxIds: vatOf('DE314159262') },
    subscription: code('WELCOME20'),
    deeds: [
      change(46, toPlan('agency', '8')),
      change(136, toQuantity('seats', '24')),
      change(226, toPlan('team', '5')),
      extraWork(286, 'Training, one day', '48000'),
      changeAtPeriodEnd(today, toPlan('agency', '6')),
    ],
  }),
  from('berlin', {
    externalId: 'hafen-gruppe',
    name: 'Hafen Gruppe AG',
    plan: 'annual',
    account: {
      ...address('Am Kai 1', '20457', 'Hamburg', 'DE'),
      taxIds: vatOf('DE202611210'),
      purchaseOrderNumber: 'PO-2026-0117',
      customFields: [{ name: 'Cost center', value: '4711' }],
      netDays: 30,
    },
    deeds: [grant(today, '5000', 'ten years together', 10)],
  }),
  from('berlin', {
    externalId: 'hafen-cafe',
    name: 'Hafen Café GmbH',
    plan: 'team',
    comesOnDay: 16,
    parent: 'hafen-gruppe',
    account: { billingPolicy: 'PARENT_INVOICED' },
    deeds: [],
  }),
  from('berlin', {
    externalId: 'hafen-kino',
    name: 'Hafen Kino GmbH',
    plan: 'starter',
    method: null,
    comesOnDay: 16,
    parent: 'hafen-gruppe',
    account: { billingPolicy: 'PARENT_PAYS' },
    deeds: [],
  }),
  from('berlin', {
    externalId: 'buchhandlung-glut',
    name: 'Buchhandlung Glut GmbH',
    plan: 'team',
    deeds: [
      grant(16, '15000', 'moved here from elsewhere'),
      topUp(46, '10000', 'paid'),
      grantInVain(76),
      orders(106),
      grant(334, '2000', 'a voucher that nobody used in time', -2, ['ONE_OFF']),
      topUp(today, '5000', 'waiting'),
      openOrder,
    ],
  }),
  from('berlin', {
    externalId: 'kiosk-am-park',
    name: 'Kiosk am Park GmbH',
    plan: 'team',
    subscription: code('TENOFF'),
    method: 'refund_fails',
    deeds: [
      creditUnpaid(64, 'Flyers, misprinted in part', 'UNSATISFACTORY', '6000'),
      creditPaid(124, 'ORDER_CHANGE', '1500', false),
      creditInVain(184),
      creditPaid(244, 'OTHER', '1000', true),
    ],
  }),
  from('new_york', {
    externalId: 'hudson-archive',
    name: 'Hudson Archive Inc.',
    plan: 'archive',
    seats: 250,
    subscription: code('PARTNER'),
    deeds: [
      change(94, toQuantity('storage', '600')),
      creditPaid(124, 'UNSATISFACTORY', '1200', true),
      endDiscount(196),
      topUp(244, '20000', 'voided'),
    ],
  }),
  from('new_york', {
    externalId: 'liberty-post',
    name: 'Liberty Post LLC',
    plan: 'agency',
    method: 'refund_pending',
    deeds: [
      change(34, toQuantity('seats', '9')),
      change(64, withAddOn('letters', '740')),
      extraWork(106, 'A second logo', '35000', true),
      creditPaid(274, 'DUPLICATE', '2000', true),
      pause(today, null, { when: 'PERIOD_END' }),
    ],
  }),
  from('tokyo', {
    externalId: 'sakura-print',
    name: '株式会社さくら印刷',
    plan: 'agency',
    seats: 12,
    account: address('神田神保町2-3-1', '101-0051', '東京都千代田区', 'JP'),
    subscription: code('WELCOME20'),
    deeds: [
      change(154, toQuantity('seats', '18')),
      creditUnpaid(214, '名刺の印刷', 'ORDER_CHANGE', '8000'),
      workToCome,
      changeAtPeriodEnd(274, toPlan('team', '4')),
      undo(274),
    ],
  }),
  from('kuwait', {
    externalId: 'waha-design',
    name: 'مؤسسة الواحة للتصميم',
    plan: 'team',
    seats: 6,
    account: address('شارع الخليج العربي 14', '15000', 'الكويت', 'KW'),
    deeds: [
      change(76, toPlan('agency', '10')),
      grant(166, '25000', 'هدية'),
      change(256, toPlan('team', '6')),
      changeIn(today, 20, toPlan('agency', '8')),
    ],
  }),
  from('berlin', {
    externalId: 'wiener-kaffeehaus',
    name: 'Wiener Kaffeehaus GmbH',
    plan: 'team',
    // A business of another member state: it owes the tax itself.
    account: { ...address('Ringstraße 9', '1010', 'Wien', 'AT'), taxIds: vatOf('ATU13585627'), locale: 'de-AT' },
    deeds: [],
  }),
  from('berlin', {
    externalId: 'eisdiele-sommer',
    name: 'Eisdiele Sommer GmbH',
    plan: 'team',
    deeds: [
      pause(106, 186, { when: 'NOW', anchor: 'KEEP', creditBasis: 'TIME' }),
      pause(286, 320, { when: 'NOW', anchor: 'SHIFT', creditBasis: 'NONE' }),
    ],
  }),
  from('berlin', {
    externalId: 'ski-alpenblick',
    name: 'Skiverleih Alpenblick GmbH',
    plan: 'team',
    deeds: [
      pause(94, null, { when: 'NOW', anchor: 'KEEP', creditBasis: 'TIME' }),
      resume(154),
      pause(today, 365 + 45, { when: 'NOW', anchor: 'KEEP' }),
    ],
  }),
  from('new_york', {
    externalId: 'brooklyn-bikes',
    name: 'Brooklyn Bikes Inc.',
    plan: 'studio',
    deeds: [cancel(124, 'NOW', 'the shop is closed'), reactivate(184), cancel(today, 'PERIOD_END', 'the shop is sold')],
  }),
  from('tokyo', {
    externalId: 'midori-cha',
    name: '緑茶屋みどり',
    plan: 'starter',
    account: address('御幸町通 41', '604-0832', '京都市', 'JP'),
    deeds: [extendTrial(20, 60)],
  }),
  from('kuwait', {
    externalId: 'manara-cafe',
    name: 'مقهى المنارة',
    plan: 'starter',
    account: address('شارع سالم المبارك 3', '22010', 'السالمية', 'KW'),
    deeds: [endTrial(20)],
  }),
  from('berlin', {
    externalId: 'kino-treibholz',
    name: 'Kino Treibholz GmbH',
    plan: 'starter',
    // The trial ends with a card that has no money: it is past due, and being retried, when the year is over.
    method: 'insufficient_funds',
    comesOnDay: 340,
    deeds: [],
  }),
  from('new_york', {
    externalId: 'ferry-diner',
    name: 'Ferry Diner LLC',
    plan: 'starter',
    // All retries are over long before.
    method: 'card_declined',
    comesOnDay: 94,
    deeds: [],
  }),
];

/** Where the deeds of a customer are done; its account and subscription are there. */
export async function sceneOf(
  client: Client,
  player: Player,
  { begin, end }: Pick<Scene, 'begin' | 'end'>,
): Promise<Scene> {
  const { subscription } = await client.ask<{ subscription: { id: string } }>(
    'query ($externalId: String!) { subscription(externalId: $externalId) { id } }',
    { externalId: `${player.externalId}-${player.plan}` },
  );
  const accountId = await accountOf(client, player.externalId);
  return { client, accountId, subscriptionId: subscription.id, currency: player.region.currency, begin, end };
}
