/** A status table: for each status the events it accepts and where they lead. What is not listed cannot happen. */
export type LifecycleTable<Status extends string, Event extends string> = {
  readonly [From in Status]: { readonly [On in Event]?: Status };
};

/** Where an event leads from a status, or undefined if the status does not accept it. */
export function next<Status extends string, Event extends string>(
  table: LifecycleTable<Status, Event>,
  from: Status,
  event: Event,
): Status | undefined {
  return Object.hasOwn(table, from) && Object.hasOwn(table[from], event) ? table[from][event] : undefined;
}

/** Every move of a table, in its order: for tests that walk each pair and for documents drawn from the table. */
export function moves<Status extends string, Event extends string>(
  table: LifecycleTable<Status, Event>,
): { readonly from: Status; readonly event: Event; readonly to: Status }[] {
  return (Object.keys(table) as Status[]).flatMap((from) =>
    (Object.keys(table[from]) as Event[]).flatMap((event) => {
      const to = next(table, from, event);
      return to === undefined ? [] : [{ from, event, to }];
    }),
  );
}

/** Whether no event leads out of a status. */
export function isFinal<Status extends string, Event extends string>(
  table: LifecycleTable<Status, Event>,
  status: Status,
): boolean {
  return !moves(table).some((move) => move.from === status && move.to !== status);
}
