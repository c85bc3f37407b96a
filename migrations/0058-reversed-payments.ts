import { Migration } from '@mikro-orm/migrations';

/** Money that had come in and is gone again: when and why. A debit of the sandbox that is going to be returned is looked after. */
export class ReversedPayments extends Migration {
  override up(): void {
    this.addSql(`
      alter table payments add column reversed_at timestamptz, add column reversal_reason text, add column reversal_notes text,
        add constraint payments_reversal check ((status = 'reversed') = (reversed_at is not null) and (reversed_at is null) = (reversal_reason is null)),
        add constraint payments_reversal_reason check (reversal_reason in
          ('insufficient_funds', 'account_closed', 'not_authorized', 'recalled', 'recorded_by_mistake', 'other'))
    `);
    // What has succeeded at the sandbox may still be returned; what has succeeded anywhere else tells by itself.
    this.addSql(`
      do $$ declare named text; begin
        select conname into strict named from pg_constraint
        where conrelid = 'payments'::regclass and contype = 'c' and pg_get_constraintdef(oid) like '%next_attempt_at IS NULL%'
          and pg_get_constraintdef(oid) like '%reversed%';
        execute format('alter table payments drop constraint %I', named);
      end $$
    `);
    this.addSql(`
      alter table payments add constraint payments_over check (next_attempt_at is null or status not in ('canceled', 'reversed')
        and (status <> 'succeeded' or provider = 'sandbox'))
    `);
  }
}
