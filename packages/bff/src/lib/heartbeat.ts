import { inTurns } from "./in-turns.ts";

/**
 * One timer for all heartbeats: calls each member every `turnMs`, the first time after a full turn. All members have the
 * same interval, so they become due in the order of their last call.
 *
 * If the process was busy, late members are called once, and then again after a full turn.
 *
 * @param now milliseconds from an arbitrary start; never jumps
 */
export function createHeartbeats<Member>(
  turnMs: number,
  beat: (member: Member) => void,
  now: () => number = () => performance.now(),
) {
  const dueAtMs = new Map<Member, number>();
  let serving: NodeJS.Immediate | undefined;

  const timer = setInterval(() => {
    // Pending input is read first, because it may contain the pong that a member waits for.
    serving ??= setImmediate(serve);
  }, turnMs / STEPS_PER_TURN);
  timer.unref();

  function serve(): void {
    serving = undefined;
    const nowMs = now() + TIMER_SLACK_MS;
    const due: Member[] = [];
    for (const [member, atMs] of dueAtMs) {
      if (atMs > nowMs) break;
      due.push(member);
      schedule(member);
    }
    void inTurns(due, BEATS_AT_ONCE, (member) => {
      // The member may have been removed meanwhile.
      if (dueAtMs.has(member)) beat(member);
    });
  }

  /** Moves the member to the end. */
  function schedule(member: Member): void {
    dueAtMs.delete(member);
    dueAtMs.set(member, now() + turnMs);
  }

  return {
    add: schedule,
    remove: (member: Member): void => void dueAtMs.delete(member),
    /** Idempotent. */
    stop(): void {
      clearInterval(timer);
      clearImmediate(serving);
      dueAtMs.clear();
    },
  };
}

/** A call is late by at most one step. */
const STEPS_PER_TURN = 200;

/** A batch of this size takes a few milliseconds. */
const BEATS_AT_ONCE = 50;

/** Timers have a resolution of 1 ms and may fire early. */
const TIMER_SLACK_MS = 2;
