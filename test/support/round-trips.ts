import pg from 'pg';

/** What a transaction has sent. */
export interface SentTransaction {
  /** Its statements, `begin` first and `commit` or `rollback` last. */
  texts: string[];
  /** How often it waited for an answer: statements that are sent before the ones before are answered share a round trip. */
  roundTrips: number;
}

/** The transactions that end in this process while something runs, of whatever connection. */
export async function sentTransactions(run: () => Promise<unknown>): Promise<SentTransaction[]> {
  const original = pg.Client.prototype.query;
  const open = new Map<pg.Client, SentTransaction & { unanswered: number }>();
  const ended: SentTransaction[] = [];
  const watched = function (this: pg.Client, ...given: unknown[]): unknown {
    const [first] = given as [string | { text: string }];
    const text = typeof first === 'string' ? first : first.text;
    if (text.startsWith('begin')) open.set(this, { texts: [], roundTrips: 0, unanswered: 0 });
    const answer: unknown = Reflect.apply(original, this, given);
    const sent = open.get(this);
    if (!sent) return answer;
    sent.texts.push(text);
    if (sent.unanswered === 0) sent.roundTrips += 1;
    sent.unanswered += 1;
    const answered = () => {
      sent.unanswered -= 1;
    };
    if (answer instanceof Promise) answer.then(answered, answered);
    if (text === 'commit' || text === 'rollback') {
      open.delete(this);
      ended.push(sent);
    }
    return answer;
  };
  pg.Client.prototype.query = watched as typeof original;
  try {
    await run();
  } finally {
    pg.Client.prototype.query = original;
  }
  return ended;
}
