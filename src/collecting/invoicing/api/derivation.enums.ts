import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const RoundingModeEnum = {
  HALF_AWAY_FROM_ZERO: 'half_away_from_zero',
  HALF_EVEN: 'half_even',
  DOWN: 'down',
  UP: 'up',
  CEILING: 'ceiling',
  FLOOR: 'floor',
} as const;
registerEnumType(RoundingModeEnum, {
  name: 'RoundingMode',
  description: 'How a figure is rounded.',
  valuesConfig: {
    HALF_AWAY_FROM_ZERO: { description: 'To the nearest; what lies in the middle goes away from zero.' },
    HALF_EVEN: { description: 'To the nearest; what lies in the middle goes to the even one.' },
    DOWN: { description: 'Towards zero.' },
    UP: { description: 'Away from zero.' },
    CEILING: { description: 'To the larger one.' },
    FLOOR: { description: 'To the smaller one.' },
  },
});

export const EventTreatmentEnum = {
  FREE: 'free',
  PARTLY_FREE: 'partly_free',
  RATED: 'rated',
  MINIMUM: 'minimum',
  MAXIMUM: 'maximum',
} as const;
registerEnumType(EventTreatmentEnum, {
  name: 'EventTreatment',
  description: 'How events were priced.',
  valuesConfig: {
    FREE: { description: 'They were free.' },
    PARTLY_FREE: { description: 'Only what exceeds the free amount was charged.' },
    RATED: { description: 'By the percentage and the fixed amount.' },
    MINIMUM: { description: 'They cost the least that an event costs.' },
    MAXIMUM: { description: 'They cost the most that an event costs.' },
  },
});

export const DiscountStepKindEnum = { PERCENTAGE: 'percentage', FIXED: 'fixed', RETURNED: 'returned' } as const;
registerEnumType(DiscountStepKindEnum, {
  name: 'DiscountStepKind',
  description: 'What a discount takes.',
  valuesConfig: {
    PERCENTAGE: { description: 'A percentage of what earlier discounts left.' },
    FIXED: { description: 'An amount, spread over its lines in proportion to what earlier discounts left of them.' },
    RETURNED: {
      description:
        'No discount is computed: a line that takes another back gives back what discounts took of that one, and a line that bills the same time again takes as much.',
    },
  },
});

export const TaxRuleEnum = {
  NO_PLACE: 'no_place',
  TAX_ID_PENDING: 'tax_id_pending',
  REGION_PENDING: 'region_pending',
  RATE_PENDING: 'rate_pending',
  PROVIDER_PENDING: 'provider_pending',
  TOLD: 'told',
  EXEMPT: 'exempt',
  REVERSE_CHARGE: 'reverse_charge',
  NOT_REGISTERED: 'not_registered',
  HOME_RATES: 'home_rates',
  CATEGORY: 'category',
  RATES: 'rates',
  NO_RATE: 'no_rate',
  AS_BILLED: 'as_billed',
  PREPAID: 'prepaid',
} as const;
registerEnumType(TaxRuleEnum, {
  name: 'TaxRule',
  description: 'Why a line is taxed as it is.',
  valuesConfig: {
    NO_PLACE: { description: 'Not taxed: neither the buyer’s country nor the issuer’s is known.' },
    TAX_ID_PENDING: { description: 'Not taxed yet: no register has confirmed the VAT id of the buyer.' },
    REGION_PENDING: { description: 'Not taxed yet: the address of the buyer does not tell the region.' },
    RATE_PENDING: {
      description: 'Not taxed yet: the issuer is registered in the place, which has no rate on the tax date.',
    },
    PROVIDER_PENDING: { description: 'Not taxed yet: the tax service of the issuer has not answered.' },
    TOLD: { description: 'As the tax service of the issuer told it, to the cent.' },
    EXEMPT: { description: 'Not taxed: the buyer is exempt on the tax date.' },
    REVERSE_CHARGE: { description: 'The buyer, a business of another member state, owes the tax itself.' },
    NOT_REGISTERED: { description: 'Not taxed: the issuer is not registered in the place of supply.' },
    HOME_RATES: {
      description:
        'By the rates of the issuer’s country: a consumer of another member state, below the threshold for distance sales.',
    },
    CATEGORY: { description: 'By a rate of the place for the tax category of the line.' },
    RATES: { description: 'By the rates of the place for all categories.' },
    NO_RATE: {
      description:
        'Not taxed: the place has no rate on the tax date, and the issuer has no registrations or the line asks for nothing.',
    },
    AS_BILLED: {
      description:
        'As the line was that it takes back; of a draft, as it was itself before another invoice took a part of it back.',
    },
    PREPAID: { description: 'Not taxed: it buys credit, and what that pays for is taxed.' },
  },
});
