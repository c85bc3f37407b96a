import DataLoader from 'dataloader';
import type { App, Batch, Context, Identity } from './app-types.ts';
import { DomainError, forbidden, unauthenticated } from './errors.ts';
import { faultOfUnseen } from './free-text.ts';
import { once } from './idempotency.ts';
import { payload } from './payload.ts';
import { keepPromise, readPreviewToken } from './preview-tokens.ts';
import { isStorableText } from './scalars.ts';
import type { Scope, Work } from './work.ts';

export type { Batch, Context, Identity, Mode, PublicContext } from './app-types.ts';

export interface RequestParts {
  requestId: string;
  idempotencyKey?: string | null;
  extensions?: Record<string, unknown>;
  fieldNames?: ReadonlySet<string>;
}

/** The context of one request of a known caller. Opens nothing; close it with `closeContext`. */
export function openContext(app: App, identity: Identity, request: RequestParts): Context {
  const loaders = new Map<string, DataLoader<unknown, unknown>>();
  return {
    app,
    requestId: request.requestId,
    extensions: request.extensions ?? {},
    organizationId: identity.organizationId,
    mode: identity.mode,
    actor: identity.actor,
    permissions: identity.permissions,
    reader: app.read(identity.organizationId),
    loaders,
    loader<Key extends string | number, Value>(name: string, batch: Batch<Key, Value>) {
      const known = loaders.get(name);
      if (known) return known as unknown as DataLoader<Key, Value>;
      const made = new DataLoader<Key, Value>(batch);
      loaders.set(name, made as unknown as DataLoader<unknown, unknown>);
      return made;
    },
    idempotencyKey: request.idempotencyKey ?? null,
    fieldNames: request.fieldNames ?? null,
  };
}

/** Ends the snapshot, if one was opened; nothing is read from here on. For the moment when nobody waits for the answer. */
export function closeContext(context: Context): Promise<void> {
  return context.reader.end();
}

/** Forgets what was read: the next read opens a new snapshot that sees what was committed meanwhile. */
export async function readAnew(context: Context): Promise<void> {
  context.loaders.clear();
  await context.reader.close();
}

/** FORBIDDEN unless the caller holds the permission; UNAUTHENTICATED where there is no caller at all. */
export function requirePermission(context: Context, permission: string): void {
  if (!context.permissions) throw unauthenticated();
  if (!context.permissions.has(permission)) throw forbidden(permission);
}

/** NOT_ALLOWED_IN_LIVE unless the organization is a sandbox. */
export function requireSandbox(context: Context, path?: string[]): void {
  if (context.mode === 'sandbox') return;
  throw new DomainError('NOT_ALLOWED_IN_LIVE', 'Only sandbox organizations may do this.', path ? { path } : {});
}

/** The scope in which this caller's verbs run. */
export function scopeOf(context: Context): Scope {
  return { organizations: [context.organizationId], actor: context.actor, requestId: context.requestId };
}

/** A preview that a mutation is to carry out, if it is given the token of one. */
export interface PreviewToKeep<Ids> {
  token: string | null | undefined;
  /** The part of the input that was previewed, as the preview was asked for it. */
  input: unknown;
  /** What the mutation came to, in the words in which it was promised. */
  outcome(work: Work, ids: Ids): unknown;
}

export interface MutationRequest<Ids = unknown> {
  /** The mutation's name: one idempotency key serves one operation. */
  operation: string;
  /** What two requests are compared by. Leave secrets out: a hash of it is kept. */
  input: unknown;
  /** The key of the input; without one the header's counts. */
  idempotencyKey?: string | null | undefined;
  /**
   * The part of the input that a refusal is about which names none: it comes of sums, or of what follows in other modules,
   * which know nothing of this input.
   */
  about?: readonly string[];
  /** Where it may carry out a preview: it then runs as of that one's instant, comes to the same, or changes nothing. */
  preview?: PreviewToKeep<Ids>;
}

type Answer<T> = Partial<T> & Awaited<ReturnType<typeof payload>>;

/**
 * Runs one verb as a mutation: once for its idempotency key, in one transaction, refusals as `userErrors`. The verb
 * answers ids (JSON); `show` reads the objects after commit, for a first request and a repeated one alike.
 */
export async function runMutation<Ids extends object, Shown extends object = Ids>(
  context: Context,
  request: MutationRequest<Ids>,
  verb: (work: Work, at?: Date) => Promise<Ids>,
  show?: (ids: Ids) => Promise<Shown> | Shown,
): Promise<Answer<Shown>> {
  const answer = payload(async () => {
    const key = readIdempotencyKey(context, request.idempotencyKey);
    // A snapshot kept open would hold a connection while the verb waits for one.
    await readAnew(context);
    const { about } = request;
    const carryOut = carryingOut(context, request, verb);
    const { result, replayed } = await context.app
      .transact(scopeOf(context), (work) => carryOut(work, key))
      .catch((error: unknown) => {
        throw about ? refusalAbout(error, about) : error;
      });
    if (replayed) context.extensions.idempotencyReplayed = true;
    return show ? await show(result) : (result as unknown as Shown);
  });
  return answer as Promise<Answer<Shown>>;
}

/** The verb, once for its key; with a preview's token also once for that. */
function carryingOut<Ids extends object>(
  context: Context,
  { operation, input, preview }: MutationRequest<Ids>,
  verb: (work: Work, at?: Date) => Promise<Ids>,
): (work: Work, key: string | null) => Promise<{ result: Ids; replayed: boolean }> {
  if (preview?.token == null) {
    return (work, key) => once(work, { key, operation, input }, () => verb(work));
  }
  const { token } = preview;
  const previewed = { operation, input: preview.input };
  const promised = readPreviewToken({ ...context, secret: context.app.config.jwtSecret }, previewed, token);
  return async (work, key) => {
    let again = false;
    const { result, replayed } = await once(work, { key, operation, input: { input, token } }, async () => {
      const kept = await keepPromise(
        work,
        promised,
        previewed,
        (at) => verb(work, at),
        (ids) => preview.outcome(work, ids),
      );
      again = kept.replayed;
      return kept.result;
    });
    return { result, replayed: replayed || again };
  };
}

/**
 * Rehearses one verb for a query: nothing is written, refusals come as `userErrors` like those of the mutation that would
 * do it. `about` as in `MutationRequest`.
 */
export async function runPreview<Shown extends object>(
  context: Context,
  about: readonly string[],
  verb: (work: Work) => Promise<Shown>,
): Promise<Answer<Shown>> {
  const answer = payload(async () => {
    await readAnew(context);
    return context.app.rehearse(scopeOf(context), verb).catch((error: unknown) => {
      throw refusalAbout(error, about);
    });
  });
  return answer as Promise<Answer<Shown>>;
}

/** The same refusal, naming this part of the input unless it names one itself. */
function refusalAbout(error: unknown, path: readonly string[]): unknown {
  if (!(error instanceof DomainError) || error.details.path || error.details.issues?.length) return error;
  return new DomainError(error.code, error.message, { ...error.details, path: [...path] });
}

/** The key of the input or of the header. INVALID_INPUT for one that cannot be kept, and for two that differ. */
export function readIdempotencyKey(context: Context, given: string | null | undefined): string | null {
  const key = given ?? context.idempotencyKey;
  if (key === null || key === undefined) return null;
  if (given != null && context.idempotencyKey !== null && given !== context.idempotencyKey) {
    throw new DomainError('INVALID_INPUT', 'The header Idempotency-Key names another key; give one of them.', {
      path: ['input', 'idempotencyKey'],
    });
  }
  const path = ['input', 'idempotencyKey'];
  if (key.length < 1 || key.length > 255 || !isStorableText(key)) {
    throw new DomainError('INVALID_INPUT', 'The idempotency key must have 1 to 255 characters.', { path });
  }
  const fault = faultOfUnseen(key);
  if (fault) throw new DomainError('INVALID_INPUT', fault, { path });
  return key;
}
