import { inTurns } from "./in-turns.ts";

/**
 * One timer for all heartbeats: every member is called once a turn, and the members are spread over the turn's
 * slots, so that ten thousand sockets are never pinged in the same moment. Members that came together, after a restart say,
 * share a slot: of these some are called at once, and what others wait for goes on in between.
 */
export interface HeartbeatWheel<Member> {
  add(member: Member): void;
  remove(member: Member): void;
  /** Idempotent. */
  stop(): void;
}

/**
 * The wheel keeps to the clock: what a busy process is late with is made up for, or a turn would become the longer the more
 * there is to do. At most half a turn at once, so that at least the other half lies between two beats of a member; and after
 * whatever has arrived meanwhile was read, since an answer that lies in its socket is not a missing one.
 *
 * @param turnMs how often each member is called
 * @param slots how many steps a turn has
 * @param now milliseconds from any start; never steps
 */
export function createHeartbeatWheel<Member>(
  turnMs: number,
  beat: (member: Member) => void,
  slots = 40,
  now: () => number = () => performance.now(),
): HeartbeatWheel<Member> {
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
    // What is beyond that is forgotten.
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
    // Who comes to this slot meanwhile is not due, and who has left it is not called.
    void inTurns([...slot], BEATS_AT_ONCE, (member) => {
      if (slot.has(member)) beat(member);
    });
  }

  return {
    add(member) {
      // Into the slot that has just been served: the first beat comes after a whole turn.
      wheel[position]?.add(member);
    },
    remove(member) {
      for (const slot of wheel) if (slot.delete(member)) return;
    },
    stop() {
      clearInterval(timer);
      clearImmediate(overdue);
      for (const slot of wheel) slot.clear();
    },
  };
}

/** Some milliseconds' worth. */
const BEATS_AT_ONCE = 50;

/** Timers count whole milliseconds and may be early by one. */
const TIMER_SLACK_MS = 2;
