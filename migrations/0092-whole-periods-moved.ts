import { Migration } from '@mikro-orm/migrations';

/**
 * A pause that moves the boundaries moves the period that it began in as a whole. Where that began lies is in no row of
 * boundaries, so it is kept: parts of the period that goes on are priced as parts of the whole one. Subscriptions that stand in
 * such a period already are priced by the row to its end, as they were.
 */
export class WholePeriodsMoved extends Migration {
  override up(): void {
    this.addSql(`
      alter table subscriptions
        add column whole_period_start timestamptz,
        add constraint subscriptions_whole_period check (whole_period_start is null or
          (whole_period_start <= current_period_start and current_period_start < anchor_at)) not valid
    `);
    this.addSql('alter table subscriptions validate constraint subscriptions_whole_period');
  }
}
