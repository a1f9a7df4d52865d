/** The messages of one side, by their numbers. */
export interface Delivery {
  /** How many were given away; they are numbered from 1. */
  readonly sent: number;
  /** What the platform has stored, in its order. */
  readonly stored: readonly number[];
  /** What the visitor's side shows as sent or received, in its order. */
  readonly shown: readonly number[];
  /** Given up by the client, and sent again by the visitor's own wish: those behind them did not wait. */
  readonly retried?: ReadonlySet<number>;
}

export interface Tally {
  readonly sent: number;
  readonly stored: number;
  readonly shown: number;
  /** Given away, and not yet at the other side. */
  readonly missing: number;
  /** Shown as sent and not stored; or passed over by later ones. */
  readonly lost: number;
  /** Stored or shown more than once. */
  readonly doubled: number;
  /** Stored or shown after a later one. */
  readonly outOfOrder: number;
}

/** What the visitor wrote: it arrives on the platform. */
export function tallyVisitor(delivery: Delivery): Tally {
  const { sent, stored, shown } = delivery;
  const arrived = new Set(stored);
  const lost = shown.filter((number) => !arrived.has(number)).length;
  return { ...toCounts(delivery), missing: sent - arrived.size, lost };
}

/** What the owner wrote: it arrives at the visitor. */
export function tallyOwner(delivery: Delivery): Tally {
  const { sent, stored, shown } = delivery;
  const arrived = new Set(shown);
  const newest = Math.max(0, ...shown);
  const passed = stored.filter((number) => number < newest && !arrived.has(number)).length;
  return { ...toCounts(delivery), missing: sent - arrived.size, lost: passed };
}

function toCounts({ sent, stored, shown, retried = new Set() }: Delivery) {
  const inTurn = (number: number) => !retried.has(number);
  return {
    sent,
    stored: new Set(stored).size,
    shown: new Set(shown).size,
    doubled: countDoubled(stored) + countDoubled(shown),
    outOfOrder: countOutOfOrder(stored.filter(inTurn)) + countOutOfOrder(shown.filter(inTurn)),
  };
}

function countDoubled(numbers: readonly number[]): number {
  return numbers.length - new Set(numbers).size;
}

function countOutOfOrder(numbers: readonly number[]): number {
  let newest = 0;
  let count = 0;
  for (const number of numbers) {
    if (number < newest) count++;
    newest = Math.max(newest, number);
  }
  return count;
}
