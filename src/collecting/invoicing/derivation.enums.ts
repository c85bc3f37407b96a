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
