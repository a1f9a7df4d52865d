import { inTurns } from "./in-turns.ts";

/**
 * One timer for all heartbeats: calls each member every `turnMs`, the first time after a whole turn. All members have the same
 * interval, so the order in which they were last called is the order in which they are due.
 *
 * If the process was busy, late members are called once, and then wait a whole turn again.
 *
 * @param now milliseconds from any start; never steps
 */
export function createHeartbeats<Member>(
  turnMs: number,
  beat: (member: Member) => void,
  now: () => number = () => performance.now(),
) {
  const dueAtMs = new Map<Member, number>();
  let serving: NodeJS.Immediate | undefined;

  const timer = setInterval(() => {
    // Pending input is read first: it may hold the pong that a member waits for.
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
      // It may have been removed meanwhile.
      if (dueAtMs.has(member)) beat(member);
    });
  }

  /** As the last one of all. */
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

/** A member is called at most this part of a turn late. */
const STEPS_PER_TURN = 200;

/** Takes some milliseconds. */
const BEATS_AT_ONCE = 50;

/** Timers have a resolution of 1 ms and may fire early. */
const TIMER_SLACK_MS = 2;
