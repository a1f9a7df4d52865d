/**
 * One timer for all heartbeats: every member is called once a turn, and the members are spread over the turn's
 * slots, so that ten thousand sockets are never pinged in the same moment.
 */
export interface HeartbeatWheel<Member> {
  add(member: Member): void;
  remove(member: Member): void;
  /** Idempotent. */
  stop(): void;
}

/**
 * @param turnMs how often each member is called
 * @param slots how many steps a turn has
 */
export function createHeartbeatWheel<Member>(
  turnMs: number,
  beat: (member: Member) => void,
  slots = 40,
): HeartbeatWheel<Member> {
  const wheel = Array.from({ length: slots }, () => new Set<Member>());
  let position = 0;

  const timer = setInterval(() => {
    position = (position + 1) % slots;
    for (const member of wheel[position] ?? []) beat(member);
  }, turnMs / slots);
  timer.unref();

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
      for (const slot of wheel) slot.clear();
    },
  };
}
