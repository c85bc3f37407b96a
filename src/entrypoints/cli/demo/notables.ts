import { type Player, type Region, regions } from './cast.ts';
import { accountOf, type Client } from './client.ts';
import {
  change,
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
  toPlan,
  topUp,
  toQuantity,
  withAddOn,
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
  comesOnDay: 4,
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
    comesOnDay: 8,
    parent: 'hafen-gruppe',
    account: { billingPolicy: 'PARENT_INVOICED' },
    deeds: [],
  }),
  from('berlin', {
    externalId: 'hafen-kino',
    name: 'Hafen Kino GmbH',
    plan: 'starter',
    method: null,
    comesOnDay: 8,
    parent: 'hafen-gruppe',
    account: { billingPolicy: 'PARENT_PAYS' },
    deeds: [],
  }),
  from('berlin', {
    externalId: 'buchhandlung-glut',
    name: 'Buchhandlung Glut GmbH',
    plan: 'team',
    deeds: [
      grant(8, '15000', 'moved here from elsewhere'),
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
      change(34, withAddOn('letters', '740')),
      extraWork(106, 'A second logo', '35000', true),
      change(214, toQuantity('seats', '2')),
      creditPaid(274, 'DUPLICATE', '2000', true),
    ],
  }),
  from('tokyo', {
    externalId: 'sakura-print',
    name: '株式会社さくら印刷',
    plan: 'agency',
    seats: 12,
    account: address('神田神保町2-3-1', '101-0051', '東京都千代田区', 'JP'),
    subscription: code('WELCOME20'),
    deeds: [change(154, toQuantity('seats', '18')), creditUnpaid(214, '名刺の印刷', 'ORDER_CHANGE', '8000')],
  }),
  from('kuwait', {
    externalId: 'waha-design',
    name: 'مؤسسة الواحة للتصميم',
    plan: 'team',
    seats: 6,
    account: address('شارع الخليج العربي 14', '15000', 'الكويت', 'KW'),
    deeds: [change(76, toPlan('agency', '10')), grant(166, '25000', 'هدية'), change(256, toPlan('team', '6'))],
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
