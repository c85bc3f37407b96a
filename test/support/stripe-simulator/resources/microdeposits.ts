import type Stripe from 'stripe';
import { TEST_DESCRIPTOR_CODE, TEST_MICRODEPOSITS } from '../data/test-bank-accounts.ts';
import { refusedByState } from '../engine/errors.ts';
import { arrayOf, identifier, integer } from '../engine/parameters.ts';
import type { IntentMemory } from '../engine/state.ts';

export const microdepositParameters = { amounts: arrayOf(integer({ minimum: 1 })), descriptor_code: identifier() };

const MAXIMUM_TRIES = 10;

/** Checks what the customer read on the bank statement. @throws ApiError 400 when it does not agree */
export function checkMicrodeposits(
  memory: IntentMemory,
  given: { amounts?: number[]; descriptor_code?: string },
): void {
  if (memory.wrongCodes >= MAXIMUM_TRIES) {
    throw refusedByState('You have exceeded the number of allowed verification attempts.', {
      code: 'payment_method_microdeposit_verification_attempts_exceeded',
    });
  }
  if (given.descriptor_code === undefined && given.amounts === undefined) {
    throw refusedByState('Missing required param: descriptor_code.', {
      code: 'parameter_missing',
      param: 'descriptor_code',
    });
  }
  if (given.amounts !== undefined && given.amounts.length !== 2) {
    throw refusedByState('You must provide exactly two microdeposit amounts.', {
      code: 'payment_method_microdeposit_verification_amounts_invalid',
      param: 'amounts',
    });
  }
  if (given.descriptor_code !== undefined && given.descriptor_code !== TEST_DESCRIPTOR_CODE) {
    memory.wrongCodes += 1;
    throw refusedByState('The descriptor code provided does not match the one sent to the bank account.', {
      code: 'payment_method_microdeposit_verification_descriptor_code_mismatch',
    });
  }
  if (given.amounts !== undefined && !sameAmounts(given.amounts)) {
    memory.wrongCodes += 1;
    throw refusedByState('The amounts provided do not match the amounts sent to the bank account.', {
      code: 'payment_method_microdeposit_verification_amounts_mismatch',
    });
  }
}

function sameAmounts(amounts: number[]): boolean {
  const sorted = [...amounts].sort((a, b) => a - b);
  return sorted.every((amount, index) => amount === TEST_MICRODEPOSITS[index]);
}

/** Whether an intent waits for microdeposits. */
export function waitsForMicrodeposits(intent: Stripe.PaymentIntent | Stripe.SetupIntent): boolean {
  return intent.status === 'requires_action' && intent.next_action?.verify_with_microdeposits !== undefined;
}
