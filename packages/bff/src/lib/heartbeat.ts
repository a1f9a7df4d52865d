import { inTurns } from "./in-turns.ts";

/**
 * One timer for all heartbeats. Each member is called once per turn. Members are spread over the slots of a turn, so that ten
 * thousand sockets are not pinged at the same moment. Members added together, as after a restart, share a slot, which is served
 * in batches.
 *
 * If the process was busy, the wheel catches up, so that turns do not become longer. It serves at most half a turn at once, so
 * that a member is never called twice within half a turn, and only after pending input was read, since a pong may already
 * have arrived.
 *
 * @param turnMs interval between two calls of a member
 * @param slots number of steps in a turn
 * @param now milliseconds from any start; never steps
 */
export function createHeartbeatWheel<Member>(
  turnMs: number,
  beat: (member: Member) => void,
  slots = 40,
  now: () => number = () => performance.now(),
) {
  const wheel = Array.from({ length: slots }, () => new Set<Member>());
  const stepMs = turnMs / slots;
  let position = 0;
  let servedAtMs = now();
  let overdue: NodeJS.Immediate | undefined;

  const timer = setInterval(() => {
    if (stepsDue() <= 1) serve(1);
    else overdue ??= setImmediate(serveOverdue);
  }, stepMs);
  timer.unref();

  function stepsDue(): number {
    return Math.floor((now() - servedAtMs + TIMER_SLACK_MS) / stepMs);
  }

  function serveOverdue(): void {
    overdue = undefined;
    serve(Math.min(stepsDue(), Math.floor(slots / 2)));
    // The rest is skipped.
    servedAtMs = Math.max(servedAtMs, now() - stepMs);
  }

  function serve(steps: number): void {
    for (let step = 0; step < steps; step += 1) {
      position = (position + 1) % slots;
      servedAtMs += stepMs;
      const slot = wheel[position];
      if (slot) serveSlot(slot);
    }
  }

  function serveSlot(slot: ReadonlySet<Member>): void {
    // Members added meanwhile are not due, and members removed meanwhile are not called.
    void inTurns([...slot], BEATS_AT_ONCE, (member) => {
      if (slot.has(member)) beat(member);
    });
  }

  return {
    add(member: Member): void {
      // The slot that was just served: the first call comes after a whole turn.
      wheel[position]?.add(member);
    },
    remove(member: Member): void {
      for (const slot of wheel) if (slot.delete(member)) return;
    },
    /** Idempotent. */
    stop(): void {
      clearInterval(timer);
      clearImmediate(overdue);
      for (const slot of wheel) slot.clear();
    },
  };
}

/** Takes some milliseconds. */
const BEATS_AT_ONCE = 50;

/** Timers have a resolution of 1 ms and may fire early. */
const TIMER_SLACK_MS = 2;
