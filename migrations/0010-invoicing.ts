import { Migration } from '@mikro-orm/migrations';

/** What is owed: charges, invoices with their lines and taxes, and the periods that are billed. */
export class Invoicing extends Migration {
  override up(): void {
    this.addSql(`
      create table invoices (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        origin text not null default 'native' check (origin in ('native', 'imported', 'mirrored')),
        status text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
        reason text not null check (reason in ('subscription_created', 'subscription_cycle', 'subscription_ended', 'manual')),
        number text,
        number_series text,
        number_seq bigint,
        legal_entity_id uuid not null,
        account_id uuid not null,
        bill_to_account_id uuid not null,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        collection text not null check (collection in ('automatic', 'manual')),
        payment_method_id uuid,
        subtotal bigint not null,
        discount_total bigint not null default 0,
        tax_total bigint not null default 0,
        tax_included bigint not null default 0,
        carried_to_credit bigint not null default 0 check (carried_to_credit >= 0),
        total bigint not null check (total >= 0),
        credits_applied bigint not null default 0 check (credits_applied >= 0),
        credit_notes_applied bigint not null default 0 check (credit_notes_applied >= 0),
        amount_paid bigint not null default 0 check (amount_paid >= 0),
        written_off bigint not null default 0 check (written_off >= 0),
        amount_due bigint not null generated always as
          (case when status = 'void' then 0 else total - credits_applied - credit_notes_applied - amount_paid - written_off end) stored,
        net_days int not null check (net_days between 0 and 365),
        memo text,
        issuer json,
        buyer json,
        due_at timestamptz,
        finalized_at timestamptz,
        paid_at timestamptz,
        voided_at timestamptz,
        uncollectible_at timestamptz,
        content_hash text,
        finalized_in xid8 default pg_current_xact_id(),
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint invoices_number_key unique (organization_id, number),
        constraint invoices_number_seq_key unique (organization_id, number_series, number_seq),
        foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, bill_to_account_id) references accounts (organization_id, id),
        check (total = subtotal - discount_total + tax_total - tax_included + carried_to_credit),
        check (carried_to_credit = 0 or total = 0),
        check (amount_due >= 0),
        check ((number is null) = (number_seq is null) and (number is null) = (number_series is null)),
        check ((status = 'draft') = (finalized_at is null) or status = 'void'),
        check (status not in ('open', 'paid', 'uncollectible') or number is not null),
        check (status not in ('paid', 'uncollectible') or amount_due = 0),
        check (status <> 'open' or amount_due > 0),
        check ((status = 'paid') = (paid_at is not null)),
        check ((status = 'void') = (voided_at is not null)),
        check ((status = 'uncollectible') = (uncollectible_at is not null)),
        check (status <> 'uncollectible' or written_off > 0),
        check (status <> 'void' or amount_paid = 0),
        check (status <> 'draft' or (amount_paid = 0 and credits_applied = 0 and written_off = 0 and number is null)),
        check (finalized_at is null or (content_hash is not null and issuer is not null and buyer is not null and due_at is not null))
      )
    `);
    this.addSql(`create index invoices_by_creation on invoices (organization_id, created_at, id)`);
    this.addSql(`create index invoices_by_account on invoices (organization_id, account_id, created_at, id)`);
    this.addSql(`create index invoices_by_bill_to on invoices (organization_id, bill_to_account_id, created_at, id)`);
    // Nearly all invoices end up paid: a list of the others must not walk past those.
    this.addSql(
      `create index invoices_not_paid on invoices (organization_id, status, created_at, id) where status <> 'paid'`,
    );
    this.addSql(`call fence_tenant_table('invoices', 'select, insert, update, delete')`);

    this.addSql(`
      create table invoice_lines (
        organization_id uuid not null,
        id uuid not null,
        invoice_id uuid not null,
        position int not null,
        kind text not null check (kind in ('recurring', 'usage', 'usage_adjustment', 'one_off', 'setup_fee', 'true_up', 'adjustment')),
        account_id uuid not null,
        subscription_id uuid,
        subscription_item_id uuid,
        component text not null default '',
        price_id uuid,
        description text not null,
        period_start timestamptz,
        period_end timestamptz,
        quantity numeric not null,
        unit_amount numeric not null,
        amount bigint not null,
        discount_amount bigint not null default 0,
        tax_amount bigint not null default 0,
        currency text not null,
        reverses_line_id uuid,
        derivation json not null,
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade,
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        foreign key (organization_id, subscription_item_id) references subscription_items (organization_id, id),
        foreign key (organization_id, price_id) references prices (organization_id, id),
        foreign key (organization_id, reverses_line_id) references invoice_lines (organization_id, id),
        check (period_start < period_end),
        check ((period_start is null) = (period_end is null)),
        check (kind not in ('recurring', 'usage') or period_start is not null)
      )
    `);
    this.addSql(`create index invoice_lines_by_invoice on invoice_lines (organization_id, invoice_id, position)`);
    this.addSql(
      `create index invoice_lines_by_subscription on invoice_lines (organization_id, subscription_id, invoice_id) where subscription_id is not null`,
    );
    this.addSql(`call fence_tenant_table('invoice_lines', 'select, insert, update, delete')`);

    this.addSql(`
      create table invoice_taxes (
        organization_id uuid not null,
        id uuid not null,
        invoice_id uuid not null,
        tax_rate_id uuid,
        name text not null,
        percent numeric not null,
        inclusive boolean not null,
        taxable bigint not null,
        amount bigint not null,
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade,
        foreign key (organization_id, tax_rate_id) references tax_rates (organization_id, id)
      )
    `);
    this.addSql(`create index invoice_taxes_by_invoice on invoice_taxes (organization_id, invoice_id)`);
    this.addSql(`call fence_tenant_table('invoice_taxes', 'select, insert, update, delete')`);

    // Owed and waiting for its invoice; what is invoiced at once never becomes a row here.
    this.addSql(`
      create table charges (
        organization_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        kind text not null check (kind in ('one_off', 'setup_fee', 'adjustment')),
        description text not null,
        quantity numeric not null,
        unit_amount numeric not null,
        amount bigint not null,
        period_start timestamptz,
        period_end timestamptz,
        derivation jsonb not null,
        due_at timestamptz not null,
        invoice_line_id uuid,
        canceled_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, invoice_line_id) references invoice_lines (organization_id, id) on delete set null (invoice_line_id),
        check (invoice_line_id is null or canceled_at is null)
      )
    `);
    this.addSql(
      `create index charges_waiting on charges (organization_id, account_id, currency, due_at) where invoice_line_id is null and canceled_at is null`,
    );
    this.addSql(
      `create index charges_by_line on charges (organization_id, invoice_line_id) where invoice_line_id is not null`,
    );
    this.addSql(`create index charges_by_account on charges (organization_id, account_id, created_at, id)`);
    this.addSql(`call fence_tenant_table('charges', 'select, insert, update')`);

    // A second bill for the same time is refused here, whatever the code above does.
    this.addSql(`
      create table billed_periods (
        organization_id uuid not null,
        id uuid not null,
        subscription_item_id uuid not null,
        component text not null,
        kind text not null check (kind in ('recurring', 'usage')),
        period_start timestamptz not null,
        period_end timestamptz not null,
        invoice_line_id uuid not null,
        primary key (organization_id, id),
        foreign key (organization_id, subscription_item_id) references subscription_items (organization_id, id),
        foreign key (organization_id, invoice_line_id) references invoice_lines (organization_id, id),
        check (period_start < period_end),
        constraint billed_once exclude using gist
          (organization_id with =, subscription_item_id with =, component with =, tstzrange(period_start, period_end) with &&)
      )
    `);
    this.addSql(`create index billed_periods_by_line on billed_periods (organization_id, invoice_line_id)`);
    this.addSql(`call fence_tenant_table('billed_periods', 'select, insert, update, delete')`);

    // A period that a void gave up: it is not billed again by itself, and the books say why there is a gap.
    this.addSql(`
      create table released_periods (
        organization_id uuid not null,
        id uuid not null,
        subscription_id uuid not null,
        subscription_item_id uuid not null,
        component text not null,
        period_start timestamptz not null,
        period_end timestamptz not null,
        invoice_id uuid not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        foreign key (organization_id, subscription_item_id) references subscription_items (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('released_periods', 'select, insert')`);

    this.freeze();
  }

  /** What finalization froze stays: the document, its lines, its taxes. */
  private freeze(): void {
    this.addSql(`
      create function finalized_invoices_do_not_change() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' then
          if old.finalized_at is not null or old.status <> 'draft' then
            raise exception 'only a draft invoice can be deleted' using errcode = 'restrict_violation';
          end if;
          return old;
        end if;
        if old.finalized_at is not null and (
             new.organization_id, new.id, new.origin, new.reason, new.number, new.number_series, new.number_seq, new.legal_entity_id, new.account_id, new.bill_to_account_id,
             new.currency, new.subtotal, new.discount_total, new.tax_total, new.tax_included, new.carried_to_credit, new.total, new.net_days, new.memo,
             new.issuer::text, new.buyer::text, new.due_at, new.finalized_at, new.content_hash, new.finalized_in, new.created_at, new.recorded_at
           ) is distinct from (
             old.organization_id, old.id, old.origin, old.reason, old.number, old.number_series, old.number_seq, old.legal_entity_id, old.account_id, old.bill_to_account_id,
             old.currency, old.subtotal, old.discount_total, old.tax_total, old.tax_included, old.carried_to_credit, old.total, old.net_days, old.memo,
             old.issuer::text, old.buyer::text, old.due_at, old.finalized_at, old.content_hash, old.finalized_in, old.created_at, old.recorded_at
           ) then
          raise exception 'a finalized invoice does not change' using errcode = 'restrict_violation';
        end if;
        if old.finalized_at is null and new.finalized_at is not null then
          new.finalized_in := pg_current_xact_id();
        end if;
        if old.status in ('void') and new.status <> old.status then
          raise exception 'a void invoice stays void' using errcode = 'restrict_violation';
        end if;
        return new;
      end $$
    `);
    this.addSql(
      `create trigger invoices_frozen before update or delete on invoices for each row execute function finalized_invoices_do_not_change()`,
    );
    for (const table of ['invoice_lines', 'invoice_taxes']) {
      this.addSql(`
        create function ${table}_follow_their_invoice() returns trigger language plpgsql as $$
        begin
          if exists (select from invoices i where i.organization_id = old.organization_id and i.id = old.invoice_id and i.finalized_at is not null) then
            raise exception 'a finalized invoice does not change' using errcode = 'restrict_violation';
          end if;
          return coalesce(new, old);
        end $$
      `);
      this.addSql(
        `create trigger ${table}_frozen before update or delete on ${table} for each row execute function ${table}_follow_their_invoice()`,
      );
      // Rows come in with their invoice: the transaction that finalizes may write both, later ones may not.
      this.addSql(`
        create function ${table}_come_before_finalization() returns trigger language plpgsql as $$
        begin
          if exists (select from (select distinct a.organization_id, a.invoice_id from added a) t
                     join invoices i on i.organization_id = t.organization_id and i.id = t.invoice_id
                     where i.finalized_at is not null and i.finalized_in is distinct from pg_current_xact_id()) then
            raise exception 'a finalized invoice does not change' using errcode = 'restrict_violation';
          end if;
          return null;
        end $$
      `);
      this.addSql(`
        create trigger ${table}_in_time after insert on ${table} referencing new table as added
          for each statement execute function ${table}_come_before_finalization()
      `);
    }
  }
}
