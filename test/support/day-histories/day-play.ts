import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  reactivateSubscription,
  resumeSubscription,
  undoCancelSubscription,
  undoSubscriptionChange,
} from '../../../src/selling/subscriptions/index.ts';
import { query } from '../database.ts';
import type { TestOrganization } from '../makers.ts';
import type { Random } from '../model/random.ts';
import { clockAccount, flat, sellPlan, subscribe, walk } from '../selling.ts';
import type { World } from '../world.ts';
import { type ChangeTerms, type Credit, DayModel, type Part, wareOf, wares } from './day-model.ts';

const dayMs = 86_400_000;
const first = Date.parse('2026-01-01T00:00:00Z');
export const instant = (day: number) => new Date(first + day * dayMs);

export type Step =
  | { verb: 'create'; plans: { plan: string; quantity: number }[]; half: boolean }
  | { verb: 'days'; days: number }
  | ({ verb: 'change'; when: 'now' | 'period_end' | 'date'; inDays: number } & ChangeTerms)
  | { verb: 'pause'; when: 'now' | 'period_end'; anchor: 'keep' | 'shift'; credit: Credit; inDays: number | null }
  | { verb: 'resume' }
  | { verb: 'cancel'; at: 'now' | 'period_end' | 'date'; credit: Credit; inDays: number }
  | { verb: 'undoCancel' }
  | { verb: 'undoChange' }
  | { verb: 'reactivate' };

export interface Scene {
  world: World;
  organization: TestOrganization;
  plans: Map<string, string>;
  couponId: string;
}

export async function furnish(organization: TestOrganization): Promise<Map<string, string>> {
  const plans = new Map<string, string>();
  for (const { name, days, goods, addOn } of wares) {
    const prices = goods.map(({ component, mode, perDay }) =>
      flat(0n, {
        component,
        name: component,
        billing: mode,
        model: { perSeat: { unitAmount: String(perDay * days) } },
      }),
    );
    const version = { intervalUnit: 'day' as const, intervalCount: days, prices };
    const kind = addOn ? ({ kind: 'add_on' } as const) : {};
    plans.set(name, (await sellPlan(organization, version, { name, ...kind })).planId);
  }
  return plans;
}

const quantities = [1, 2, 3, 5, 8];

/** A step that suits how the model stands. */
export function drawStep(random: Random, model: DayModel, same: boolean): Step {
  const credit = random.one(['time', 'time', 'none'] as const);
  const verbs: Step['verb'][] = same ? [] : ['days', 'days', 'days', 'days'];
  if (model.status === 'active') verbs.push('change', 'change', 'change', 'change', 'pause');
  if (model.status === 'paused' && model.now > model.pause!.from) verbs.push('resume', 'resume', 'resume');
  if (model.status !== 'canceled' && model.endsAt === null) verbs.push('cancel');
  if (model.status !== 'canceled' && model.endsAt !== null) verbs.push('undoCancel', 'undoCancel');
  if (model.pending.length > 0 && random.chance(0.3)) verbs.push('undoChange');
  if (model.status === 'canceled') verbs.push('reactivate');
  const verb = verbs.length > 0 ? random.one(verbs) : 'days';
  switch (verb) {
    case 'days':
      return { verb, days: random.one([1, 2, 4, 5, 9, 14, 30]) };
    case 'change': {
      const count = random.one([1, 1, 1, 2]);
      const parts: Part[] = [];
      for (let at = 0; at < count; at += 1) parts.push(drawPart(random, model));
      const when = random.one(['now', 'now', 'now', 'period_end', 'date', 'date'] as const);
      const settle = random.one(['invoice_now', 'next_invoice', 'none', 'none'] as const);
      return { verb, parts, when, inDays: random.one([1, 3, 7, 12, 25, 40]), settle, credit };
    }
    case 'pause': {
      const when = random.one(['now', 'now', 'period_end'] as const);
      const inDays = random.one([null, null, 2, 6, 17, 41]);
      return {
        verb,
        when,
        anchor: random.one(['keep', 'shift'] as const),
        credit: random.one(['time', 'none'] as const),
        inDays,
      };
    }
    case 'cancel':
      return {
        verb,
        at: random.one(['now', 'period_end', 'date', 'date'] as const),
        credit: random.one(['time', 'none'] as const),
        inDays: random.one([3, 11, 20, 34, 50]),
      };
    default:
      return { verb } as Step;
  }
}

function drawPart(random: Random, model: DayModel): Part {
  const held = model.held;
  const item = random.one(held);
  const quantity = random.one(quantities);
  const kind = random.one(['quantity', 'quantity', 'replace', 'replace', 'add', 'remove'] as const);
  const others = wares.filter(({ name }) => !model.plans.includes(name)).map(({ name }) => name);
  switch (kind) {
    case 'quantity':
      return { kind, plan: item.ware, component: item.good.component, quantity };
    case 'replace':
      return { kind, out: item.ware, in: random.one(others), quantity: random.chance(0.5) ? quantity : null };
    case 'add':
      return { kind, plan: random.one(others), quantity };
    default:
      return { kind: 'remove', plan: item.ware };
  }
}

/** Whether a step can be done, by what the guides say. */
export function suits(model: DayModel, step: Step): boolean {
  const { status, endsAt, now } = model;
  switch (step.verb) {
    case 'change': {
      if (status !== 'active') return false;
      const at = step.when === 'now' ? now : step.when === 'date' ? now + step.inDays : model.period[1];
      if (
        step.when !== 'now' &&
        (model.pending.some(({ kind }) => kind === 'items') || (endsAt !== null && endsAt <= at))
      )
        return false;
      const touched = step.parts.flatMap((part) =>
        part.kind === 'replace' ? [part.out, part.in] : part.kind === 'add' ? [part.plan] : [part.plan],
      );
      if (new Set(touched).size < touched.length) return false;
      const isSame = step.parts.some(
        (part) =>
          part.kind === 'quantity' &&
          model.held.some(
            (item) =>
              item.ware === part.plan && item.good.component === part.component && item.quantity === part.quantity,
          ),
      );
      const changed = model.changed(step.parts, at);
      if (isSame || !changed || changed.begun.length + changed.ended.length === 0) return false;
      return !(step.settle === 'none' && changed.days !== model.days);
    }
    case 'pause': {
      if (status !== 'active') return false;
      if (step.when === 'now') return true;
      if (model.pending.some(({ kind }) => kind === 'pause')) return false;
      if (endsAt !== null && endsAt <= model.period[1]) return false;
      return step.inDays === null || now + step.inDays > model.period[1];
    }
    case 'resume':
      return status === 'paused' && now > model.pause!.from;
    case 'cancel':
      if (status === 'canceled') return false;
      // What began at this very instant ends a millisecond later: days do not tell.
      if (step.at === 'now') return model.period[0] < now && model.held.every(({ from }) => from < now);
      if (endsAt !== null) return false;
      return step.at === 'date' || status === 'active' || model.period[1] > now;
    case 'undoCancel':
      return status !== 'canceled' && endsAt !== null;
    case 'undoChange':
      return model.pending.length > 0;
    case 'reactivate':
      return status === 'canceled';
    default:
      return true;
  }
}

function toModel(model: DayModel, step: Step): void {
  const { now } = model;
  switch (step.verb) {
    case 'days':
      model.advance(now + step.days);
      break;
    case 'change': {
      if (step.when === 'now') {
        model.change(step, now);
        break;
      }
      const at = step.when === 'date' ? now + step.inDays : model.period[1];
      const { parts, settle, credit } = step;
      model.pending.push({ kind: 'items', at, atEnd: step.when === 'period_end', parts, settle, credit });
      break;
    }
    case 'pause': {
      const until = step.inDays === null ? null : now + step.inDays;
      if (step.when === 'now') model.pauseAt(now, step.anchor, step.credit, until);
      else
        model.pending.push({
          kind: 'pause',
          at: model.period[1],
          atEnd: true,
          anchor: step.anchor,
          credit: step.credit,
          until,
        });
      break;
    }
    case 'resume':
      model.resume(now);
      break;
    case 'cancel':
      if (step.at === 'now') model.end(now, step.credit);
      else {
        model.endsAt = step.at === 'date' ? now + step.inDays : model.period[1];
        model.endCredit = step.credit;
      }
      break;
    case 'undoCancel':
      model.undoEnd(now);
      break;
    case 'undoChange':
      model.pending.sort((a, b) => a.at - b.at).shift();
      break;
    case 'reactivate':
      model.reactivate(now);
      break;
  }
}

/** A history that went wrong, and where. */
export class Broken extends Error {
  steps: Step[];
  constructor(steps: Step[], message: string) {
    super(message);
    this.steps = steps;
  }
}

type Steps = { steps: readonly Step[] } | { random: Random; length: number };

/** Plays given steps, or draws so many; looks at everything after each. `Broken` where product and model disagree. */
export async function play(scene: Scene, source: Steps): Promise<Step[]> {
  const done: Step[] = [];
  const given = 'steps' in source ? [...source.steps] : null;
  const [first, ...rest] = given ?? [drawCreate((source as { random: Random }).random)];
  if (first?.verb !== 'create') return done;
  const player = await Player.begin(scene, first);
  done.push(first);
  const length = 'length' in source ? source.length : rest.length + 1;
  for (let index = 1; index < length; index += 1) {
    const step = given ? rest[index - 1]! : drawFit((source as { random: Random }).random, player.model, done.at(-1)!);
    if (!suits(player.model, step)) continue;
    done.push(step);
    try {
      await player.perform(step);
    } catch (error) {
      throw new Broken(done, (error as Error).stack ?? String(error));
    }
    toModel(player.model, step);
    const told = await player.compare();
    if (told) throw new Broken(done, told);
  }
  return done;
}

/** One subscription and the model beside it. */
class Player {
  readonly model: DayModel;
  readonly #scene: Scene;
  readonly #id: string;
  readonly #clockId: string;
  /** Whether half of everything is taken off. */
  readonly #isHalf: boolean;

  private constructor(scene: Scene, model: DayModel, of: { id: string; clockId: string; isHalf: boolean }) {
    this.#scene = scene;
    this.model = model;
    this.#id = of.id;
    this.#clockId = of.clockId;
    this.#isHalf = of.isHalf;
  }

  static async begin(scene: Scene, { plans, half }: Extract<Step, { verb: 'create' }>): Promise<Player> {
    const { organization, couponId } = scene;
    const { clockId, accountId } = await clockAccount(organization, instant(0).toISOString());
    const { subscription } = await subscribe(organization, accountId, [], {
      items: plans.map(({ plan, quantity }) => ({ plan: { id: scene.plans.get(plan)! }, quantity: String(quantity) })),
      ...(half ? { discounts: [{ couponId }] } : {}),
    });
    return new Player(scene, new DayModel(plans), { id: subscription.id, clockId, isHalf: half });
  }

  async perform(step: Step): Promise<void> {
    const { world, organization } = this.#scene;
    const id = this.#id;
    const now = this.model.now;
    const transact = organization.transact;
    const date = (inDays: number | null) => (inDays === null ? null : instant(now + inDays));
    switch (step.verb) {
      case 'days':
        return walk(world.app, organization, this.#clockId, instant(now + step.days).toISOString());
      case 'change': {
        const { when, settle, credit: creditBasis, inDays } = step;
        const changes = step.parts.map((part) => this.#partOf(part));
        const input = { id, changes, when, settle, creditBasis, date: when === 'date' ? date(inDays) : null };
        return void (await transact((work) => changeSubscription(work, input)));
      }
      case 'pause': {
        const { when, anchor, credit: creditBasis, inDays } = step;
        const input = { id, when, anchor, creditBasis, until: date(inDays) };
        return void (await transact((work) => pauseSubscription(work, input)));
      }
      case 'cancel': {
        const { at, credit: creditBasis, inDays } = step;
        const input = { id, at, creditBasis, date: at === 'date' ? date(inDays) : null };
        return void (await transact((work) => cancelSubscription(work, input)));
      }
      case 'undoChange': {
        const [found] = await this.#rows<{ id: string }>(
          `select id from scheduled_changes where subscription_id = $1 and status = 'pending' and kind in ('items', 'pause')
           order by effective_at, id limit 1`,
        );
        return void (await transact((work) => undoSubscriptionChange(work, found!)));
      }
      case 'resume':
        return void (await transact((work) => resumeSubscription(work, { id })));
      case 'undoCancel':
        return void (await transact((work) => undoCancelSubscription(work, { id })));
      case 'reactivate':
        return void (await transact((work) => reactivateSubscription(work, { id })));
    }
  }

  #partOf(part: Part): Parameters<typeof changeSubscription>[1]['changes'][number] {
    const id = (name: string) => this.#scene.plans.get(name)!;
    const quantity = 'quantity' in part && part.quantity !== null ? { quantity: String(part.quantity) } : {};
    switch (part.kind) {
      case 'quantity':
        return { setQuantity: { planId: id(part.plan), component: part.component, quantity: String(part.quantity) } };
      case 'remove':
        return { removePlan: { planId: id(part.plan) } };
      case 'add':
        return { addPlan: { plan: { id: id(part.plan) }, ...quantity } };
      default:
        return { replacePlan: { planId: id(part.out), plan: { id: id(part.in) }, ...quantity } };
    }
  }

  #rows<Row extends Record<string, unknown>>(text: string): Promise<Row[]> {
    return query<Row>(this.#scene.world.database.superuserUrl, text, [this.#id]);
  }

  /** What is otherwise than the model says, with all lines; null if nothing is. */
  async compare(): Promise<string | null> {
    const { model } = this;
    const [row] = await this.#rows<Standing>(standing);
    const held = await this.#rows<{ told: string }>(heldItems);
    const found: string[] = [];
    const say = (what: string, expected: unknown, real: unknown) => {
      if (String(expected) !== String(real)) found.push(`${what}: expected ${String(expected)}, found ${String(real)}`);
    };
    const near = (what: string, expected: number, real: number) => {
      // Each line is rounded once, and discounted once.
      if (Math.abs(real - expected) > Math.min(Math.max(2, row!.count * 0.6), 9)) say(what, expected, real);
    };
    say('parked', null, row!.parked);
    say('status', model.status, row!.status);
    if (model.status !== 'canceled') {
      const day = (at: Date) => Math.round((at.getTime() - first) / dayMs);
      const items = model.held.map(({ ware, good, quantity }) => `${ware} ${good.component} ${quantity}`);
      say('period', model.period, [day(row!.start), day(row!.end)]);
      say('held', items.sort(), held.map(({ told }) => told).sort());
    }
    near('billed', model.total, row!.sum);
    near('net', this.#isHalf ? model.total / 2 : model.total, row!.net);
    if (found.length === 0) return null;
    const lines = (await this.#rows<{ told: string }>(allLines)).map(({ told }) => told);
    return [`day ${model.now}, ${instant(model.now).toISOString().slice(0, 10)}: ${found.join('; ')}`, ...lines].join(
      '\n    ',
    );
  }
}

interface Standing extends Record<string, unknown> {
  status: string;
  start: Date;
  end: Date;
  parked: string | null;
  sum: number;
  net: number;
  count: number;
}

const standing = `
  select s.status, s.current_period_start as start, s.current_period_end as end, s.parked_reason as parked, l.sum, l.net, l.count
  from subscriptions s
  cross join lateral (
    select coalesce(sum(x.amount), 0)::int as sum, coalesce(sum(x.amount - x.discount_amount), 0)::int as net, count(*)::int as count
    from invoice_lines x
    join invoices v on v.organization_id = x.organization_id and v.id = x.invoice_id and v.status <> 'void'
    where x.organization_id = s.organization_id and x.subscription_id = s.id) l
  where s.id = $1`;

const heldItems = `
  select concat_ws(' ', p.name, i.component, i.quantity::float) as told from subscription_items i
  join plans p on p.organization_id = i.organization_id and p.id = i.plan_id
  where i.subscription_id = $1 and i.active_to is null`;

const allLines = `
  select concat_ws(' ', to_char(l.created_at, 'MM-DD'), i.reason, i.status, p.name, l.component,
    to_char(l.period_start, 'MM-DD HH24:MI:SS.MS'), to_char(l.period_end, 'MM-DD HH24:MI:SS.MS'), l.amount, '-', l.discount_amount) as told
  from invoice_lines l
  join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id
  left join subscription_items x on x.organization_id = l.organization_id and x.id = l.subscription_item_id
  left join plans p on p.organization_id = x.organization_id and p.id = x.plan_id
  where l.subscription_id = $1 order by l.created_at, i.recorded_at, l.invoice_id, l.position`;

function drawCreate(random: Random): Step {
  const plan = random.one(['Month', 'Month', 'Dearer', 'Bare', 'Quarter']);
  const plans = [{ plan, quantity: random.one(quantities) }];
  if (wareOf(plan).days === 30 && random.chance(0.5))
    plans.push({ plan: random.one(['Extra', 'More']), quantity: random.one(quantities) });
  return { verb: 'create', plans, half: random.chance(0.3) };
}

function drawFit(random: Random, model: DayModel, last: Step): Step {
  // Often a day goes by, sometimes much happens at one instant.
  if (last.verb !== 'days' && random.chance(0.75)) return { verb: 'days', days: random.one([1, 2, 4, 5, 9, 14, 30]) };
  for (let tries = 0; tries < 50; tries += 1) {
    const step = drawStep(random, model, last.verb === 'days');
    if (suits(model, step)) return step;
  }
  return { verb: 'days', days: 1 };
}

/** Leaves out steps as long as it goes wrong without them, for so many tries. */
export async function shrink(scene: Scene, broken: Broken, tries: number): Promise<Broken> {
  let best = broken;
  let left = tries;
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    for (let index = best.steps.length - 2; index > 0 && left > 0; index -= 1) {
      const kept = best.steps.filter((_, at) => at !== index);
      left -= 1;
      const failed = await play(scene, { steps: kept }).then(
        () => null,
        (error: unknown) => (error instanceof Broken ? error : null),
      );
      if (failed) {
        best = failed;
        changed = true;
      }
    }
  }
  return best;
}
