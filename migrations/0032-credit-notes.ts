import { Migration } from '@mikro-orm/migrations';

/**
 * Credit notes: what of a final invoice is taken back, frozen like the invoice, with numbers of their own. Lines keep their
 * tax by rate, which is what a note takes back. Invoices get the buyer's purchase order number and fields of the merchant.
 */
export class CreditNotes extends Migration {
  override name = '0032-credit-notes';

  override up(): void {
    this.addSql(`alter table invoice_lines add column taxes json not null default '[]'`);
    this.addSql(
      `alter table invoices add column purchase_order_number text, add column custom_fields json not null default '[]'`,
    );
    this.hashInvoices();
    this.freezeInvoices();
    this.addSeries();
    this.addTables();
    this.freezeNotes();
    this.hashNotes();
    this.books();
  }

  /** What is new is part of the text only where it is there: hashes made before stay true. */
  private hashInvoices(): void {
    this.addSql(`
      create or replace function invoice_content_text(organization uuid, invoice uuid) returns text language sql stable parallel safe as $$
        select case when i.purchase_order_number is null and i.custom_fields::text = '[]' then t.content
          else left(t.content, -1) || ', ' || json_build_array(i.purchase_order_number, i.custom_fields)::text || ']' end
        from invoices i cross join lateral (select json_build_array(
          'invoice 1', i.id, i.origin, i.reason, i.number, i.number_series, i.number_seq, i.legal_entity_id, i.account_id, i.bill_to_account_id,
          i.currency, epoch_micros(i.created_at), epoch_micros(i.finalized_at), epoch_micros(i.due_at), i.net_days, i.memo, i.issuer, i.buyer,
          i.subtotal, i.discount_total, i.tax_total, i.tax_included, i.carried_to_credit, i.total,
          ('[' || coalesce((
            select string_agg(case when l.taxes::text = '[]' then line.content else left(line.content, -1) || ', ' || l.taxes::text || ']' end,
              ', ' order by l.position, l.id)
            from invoice_lines l cross join lateral (select json_build_array(
              l.id, l.position, l.kind, l.account_id, l.subscription_id, l.subscription_item_id, l.component, l.price_id, l.description,
              epoch_micros(l.period_start), epoch_micros(l.period_end), l.quantity, l.unit_amount, l.amount, l.discount_amount, l.tax_amount,
              l.currency, l.reverses_line_id, l.derivation)::text as content) line
            where l.organization_id = i.organization_id and l.invoice_id = i.id), '') || ']')::json,
          ('[' || coalesce((
            select string_agg(json_build_array(t.id, t.tax_rate_id, t.name, t.percent, t.inclusive, t.taxable, t.amount)::text, ', ' order by t.id)
            from invoice_taxes t where t.organization_id = i.organization_id and t.invoice_id = i.id), '') || ']')::json
        )::text as content) t
        where i.organization_id = organization and i.id = invoice
      $$
    `);
    // Whoever reads the books has their schema first in the search path, and there are invoices in both.
    this.addSql('alter function invoice_content_text(uuid, uuid) set search_path from current');
  }

  private freezeInvoices(): void {
    this.addSql(`
      create function invoice_fields_do_not_change() returns trigger language plpgsql as $$
      begin
        raise exception 'a finalized invoice does not change' using errcode = 'restrict_violation';
      end $$
    `);
    this.addSql(`
      create trigger invoices_fields_frozen before update of purchase_order_number, custom_fields on invoices for each row
        when (old.finalized_at is not null and (new.purchase_order_number is distinct from old.purchase_order_number
          or new.custom_fields::text is distinct from old.custom_fields::text))
        execute function invoice_fields_do_not_change()
    `);
  }

  /** Issuers that are there already get their second series; the fence also holds for whoever owns the tables. */
  private addSeries(): void {
    for (const table of ['legal_entities', 'number_series'])
      this.addSql(`alter table ${table} no force row level security`);
    this.addSql(`
      insert into number_series (organization_id, legal_entity_id, kind, last_number)
      select organization_id, id, 'credit_note', 0 from legal_entities
    `);
    for (const table of ['legal_entities', 'number_series'])
      this.addSql(`alter table ${table} force row level security`);
  }

  private addTables(): void {
    this.addSql(`
      create table credit_notes (
        organization_id uuid not null,
        id uuid not null,
        invoice_id uuid not null,
        legal_entity_id uuid not null,
        account_id uuid not null,
        bill_to_account_id uuid not null,
        status text not null check (status in ('issued', 'void')),
        reason text not null check (reason in ('duplicate', 'unsatisfactory', 'order_change', 'order_canceled', 'fraudulent', 'other')),
        memo text,
        number text,
        number_series text,
        number_seq bigint,
        currency text not null,
        subtotal bigint not null,
        discount_total bigint not null,
        tax_total bigint not null,
        tax_included bigint not null,
        total bigint not null check (total > 0),
        to_invoice bigint not null check (to_invoice >= 0),
        to_refund bigint not null check (to_refund >= 0),
        to_balance bigint not null check (to_balance >= 0),
        issuer json not null,
        buyer json not null,
        issued_at timestamptz not null,
        issued_in xid8 not null default pg_current_xact_id(),
        voided_at timestamptz,
        content_hash text,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint credit_notes_number_key unique (organization_id, number),
        constraint credit_notes_number_seq_key unique (organization_id, number_series, number_seq),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id),
        foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, bill_to_account_id) references accounts (organization_id, id),
        check (total = to_invoice + to_refund + to_balance),
        check (total = subtotal - discount_total + tax_total - tax_included),
        check ((status = 'void') = (voided_at is not null)),
        check (number is not null and number_series is not null and number_seq is not null and content_hash is not null)
      )
    `);
    this.addSql(`create index credit_notes_by_invoice on credit_notes (organization_id, invoice_id)`);
    this.addSql(`create index credit_notes_by_creation on credit_notes (organization_id, created_at, id)`);
    this.addSql(`create index credit_notes_by_account on credit_notes (organization_id, account_id, created_at, id)`);
    this.addSql(`call fence_tenant_table('credit_notes', 'select, insert, update')`);
    this.addSql(`
      create table credit_note_lines (
        organization_id uuid not null,
        id uuid not null,
        credit_note_id uuid not null,
        invoice_line_id uuid not null,
        position int not null,
        description text not null,
        quantity numeric,
        amount bigint not null,
        discount_amount bigint not null,
        tax_amount bigint not null,
        tax_included bigint not null,
        total bigint not null,
        taxes json not null,
        period_start timestamptz,
        period_end timestamptz,
        frees_period boolean not null,
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, credit_note_id) references credit_notes (organization_id, id),
        foreign key (organization_id, invoice_line_id) references invoice_lines (organization_id, id),
        check (total = amount - discount_amount + tax_amount - tax_included),
        check ((period_start is null) = (period_end is null)),
        check (period_start < period_end),
        check (not frees_period or period_start is not null)
      )
    `);
    this.addSql(
      `create index credit_note_lines_by_note on credit_note_lines (organization_id, credit_note_id, position)`,
    );
    this.addSql(`create index credit_note_lines_by_line on credit_note_lines (organization_id, invoice_line_id)`);
    this.addSql(`call fence_tenant_table('credit_note_lines', 'select, insert')`);
    this.addSql(`
      create table credit_note_taxes (
        organization_id uuid not null,
        id uuid not null,
        credit_note_id uuid not null,
        tax_rate_id uuid,
        name text not null,
        percent numeric not null,
        inclusive boolean not null,
        taxable bigint not null,
        amount bigint not null,
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, credit_note_id) references credit_notes (organization_id, id),
        foreign key (organization_id, tax_rate_id) references tax_rates (organization_id, id)
      )
    `);
    this.addSql(`create index credit_note_taxes_by_note on credit_note_taxes (organization_id, credit_note_id)`);
    this.addSql(`call fence_tenant_table('credit_note_taxes', 'select, insert')`);
    this.addSql(`
      alter table refunds add column credit_note_id uuid,
        add foreign key (organization_id, credit_note_id) references credit_notes (organization_id, id)
    `);
    this.addSql(
      `create index refunds_by_credit_note on refunds (organization_id, credit_note_id) where credit_note_id is not null`,
    );
  }

  /** A note is frozen from the beginning; it can only be voided, once. Lines and taxes come with it. */
  private freezeNotes(): void {
    this.addSql(`
      create function credit_notes_do_not_change() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or old.status = 'void' and new.status <> 'void' or (
             to_jsonb(new) - '{status,voided_at,metadata,updated_at,issuer,buyer}'::text[] is distinct from
             to_jsonb(old) - '{status,voided_at,metadata,updated_at,issuer,buyer}'::text[]
             or new.issuer::text <> old.issuer::text or new.buyer::text <> old.buyer::text) then
          raise exception 'a credit note does not change' using errcode = 'restrict_violation';
        end if;
        return new;
      end $$
    `);
    this.addSql(
      `create trigger credit_notes_frozen before update or delete on credit_notes for each row execute function credit_notes_do_not_change()`,
    );
    for (const table of ['credit_note_lines', 'credit_note_taxes']) {
      this.addSql(
        `create trigger ${table}_are_kept before update or delete on ${table} for each row execute function refuse_change()`,
      );
      this.addSql(`
        create function ${table}_come_with_their_note() returns trigger language plpgsql as $$
        begin
          if exists (select from added a join credit_notes n on n.organization_id = a.organization_id and n.id = a.credit_note_id
                     where n.issued_in <> pg_current_xact_id()) then
            raise exception 'a credit note does not change' using errcode = 'restrict_violation';
          end if;
          return null;
        end $$
      `);
      this.addSql(`
        create trigger ${table}_in_time after insert on ${table} referencing new table as added
          for each statement execute function ${table}_come_with_their_note()
      `);
    }
  }

  /** The same text as `src/collecting/invoicing/credit-note-hash.ts` makes; a test holds the two together. */
  private hashNotes(): void {
    this.addSql(`
      create function credit_note_content_hash(organization uuid, note uuid) returns text language sql stable parallel safe as $$
        select encode(sha256(convert_to(json_build_array(
          'credit note 1', n.id, n.invoice_id, n.legal_entity_id, n.account_id, n.bill_to_account_id, n.reason, n.memo, n.number, n.number_series, n.number_seq,
          n.currency, n.subtotal, n.discount_total, n.tax_total, n.tax_included, n.total, n.to_invoice, n.to_refund, n.to_balance,
          n.issuer, n.buyer, epoch_micros(n.issued_at), epoch_micros(n.created_at),
          ('[' || coalesce((
            select string_agg(json_build_array(
              l.id, l.invoice_line_id, l.position, l.description, l.quantity, l.amount, l.discount_amount, l.tax_amount, l.tax_included, l.total, l.taxes,
              epoch_micros(l.period_start), epoch_micros(l.period_end), l.frees_period)::text, ', ' order by l.position, l.id)
            from credit_note_lines l where l.organization_id = n.organization_id and l.credit_note_id = n.id), '') || ']')::json,
          ('[' || coalesce((
            select string_agg(json_build_array(t.id, t.tax_rate_id, t.name, t.percent, t.inclusive, t.taxable, t.amount)::text, ', ' order by t.id)
            from credit_note_taxes t where t.organization_id = n.organization_id and t.credit_note_id = n.id), '') || ']')::json
        )::text, 'utf8')), 'hex')
        from credit_notes n where n.organization_id = organization and n.id = note
      $$
    `);
  }

  private books(): void {
    const views = {
      refunds: `
        select id::text, organization_id::text as org_id, payment_id::text, credit_note_id::text, amount, currency, status, provider, provider_ref,
          requested_by, approved_by, approval_required
        from public.refunds`,
      credit_notes: `
        select id::text, organization_id::text as org_id, invoice_id::text, number, number_series, number_seq, currency, total, to_balance, to_refund,
          to_invoice, status
        from public.credit_notes`,
      credit_note_lines: `
        select id::text, organization_id::text as org_id, credit_note_id::text, invoice_line_id::text, total as amount,
          case when frees_period then period_start end as period_start, case when frees_period then period_end end as period_end
        from public.credit_note_lines`,
    };
    for (const [name, query] of Object.entries(views)) {
      this.addSql(`create or replace view conformance.${name} with (security_invoker = true) as ${query}`);
    }
  }
}
