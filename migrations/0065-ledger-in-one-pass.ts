import { Migration } from '@mikro-orm/migrations';

/**
 * A transaction of the ledger is looked at once, by currency and organization: what does not balance in a currency, and what is of
 * two organizations, is refused as before.
 */
export class LedgerInOnePass extends Migration {
  override up(): void {
    this.addSql(`
      create or replace function ledger_must_balance() returns trigger language plpgsql as $$
      declare broken uuid;
      begin
        select t.transaction_id into broken from (
          select a.transaction_id, a.organization_id, sum(a.amount) <> 0 as is_off
          from added a group by a.transaction_id, a.currency, a.organization_id) t
        group by t.transaction_id having bool_or(t.is_off) or count(distinct t.organization_id) > 1 limit 1;
        if broken is not null then
          raise exception 'ledger transaction % does not balance', broken using errcode = 'check_violation';
        end if;
        return null;
      end $$
    `);
  }
}
