/** The messages of one side, by their numbers. */
export interface Delivery {
  /** The number of messages written; they are numbered from 1. */
  readonly sent: number;
  /** The messages stored by the platform, in its order. */
  readonly stored: readonly number[];
  /** The messages that the visitor's side shows as sent or received, in its order. */
  readonly shown: readonly number[];
  /** Failed and retried by the visitor: later messages did not wait for them. */
  readonly retried?: ReadonlySet<number>;
}

export interface Tally {
  readonly sent: number;
  readonly stored: number;
  readonly shown: number;
  /** Written but not yet received by the other side. */
  readonly missing: number;
  /** Shown as sent but not stored, or skipped: a later message is shown. */
  readonly lost: number;
  /** Stored or shown more than once. */
  readonly doubled: number;
  /** Stored or shown after a later message. */
  readonly outOfOrder: number;
}

/** Counts the visitor's messages, which arrive on the platform. */
export function tallyVisitor(delivery: Delivery): Tally {
  const { sent, stored, shown } = delivery;
  const arrived = new Set(stored);
  const lost = shown.filter((number) => !arrived.has(number)).length;
  return { ...toCounts(delivery), missing: sent - arrived.size, lost };
}

/** Counts the owner's messages, which arrive at the visitor. */
export function tallyOwner(delivery: Delivery): Tally {
  const { sent, stored, shown } = delivery;
  const arrived = new Set(shown);
  const newest = Math.max(0, ...shown);
  const skipped = stored.filter((number) => number < newest && !arrived.has(number)).length;
  return { ...toCounts(delivery), missing: sent - arrived.size, lost: skipped };
}

function toCounts({ sent, stored, shown, retried = new Set() }: Delivery) {
  const isNotRetried = (number: number) => !retried.has(number);
  return {
    sent,
    stored: new Set(stored).size,
    shown: new Set(shown).size,
    doubled: countDoubled(stored) + countDoubled(shown),
    outOfOrder: countOutOfOrder(stored.filter(isNotRetried)) + countOutOfOrder(shown.filter(isNotRetried)),
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
