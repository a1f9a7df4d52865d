import { ProblemError } from "../lib/problem-error.ts";
import type { Challenges, ProofOfWork } from "./challenges.ts";

/** Whether a first message must be preceded by work. */
export interface ChallengeGate {
  /** Null while no work is asked for. */
  current(): ProofOfWork | null;
  /**
   * Refuses a first message without a good solution, and uses nothing up.
   *
   * @throws ProblemError `challenge_required` (with a fresh challenge), `challenge_invalid`
   */
  check(solution: unknown): void;
  /**
   * Uses the solution up, once nothing else refuses the message.
   *
   * @throws ProblemError `challenge_required` (with a fresh challenge) if it has been used before
   */
  use(solution: unknown): Promise<void>;
  /** The limit on new sessions has refused an address. */
  sessionRefused(addressBlock: string): void;
}

/** One address that opens too many sessions is held by its limit; several at once are an attack that limits do not hold. */
const ATTACK_ADDRESSES = 5;
const ATTACK_WINDOW_MS = 10 * 60_000;

/**
 * @param mode `auto` asks for work while several addresses run into the limit on new sessions.
 * @param now milliseconds from any start; never steps
 */
export function createChallengeGate(
  mode: "auto" | "off" | "always",
  challenges: Challenges,
  now: () => number = () => performance.now(),
): ChallengeGate {
  const refusedAtMs = new Map<string, number>();

  const isUnderAttack = () => {
    for (const [block, atMs] of refusedAtMs) {
      if (now() - atMs < ATTACK_WINDOW_MS) break;
      refusedAtMs.delete(block);
    }
    return refusedAtMs.size >= ATTACK_ADDRESSES;
  };
  const askForWork = () => new ProblemError("challenge_required", { challenge: challenges.create() });
  const isMissing = (solution: unknown) => solution === undefined || solution === null;
  const isOn = () => mode === "always" || (mode === "auto" && isUnderAttack());

  return {
    current: () => (isOn() ? challenges.create() : null),

    check(solution) {
      if (!isOn()) return;
      const verdict = isMissing(solution) ? "stale" : challenges.check(solution);
      if (verdict === "wrong") throw new ProblemError("challenge_invalid");
      if (verdict === "stale") throw askForWork();
    },

    async use(solution) {
      if (isOn() && !isMissing(solution) && !(await challenges.use(solution))) throw askForWork();
    },

    sessionRefused(addressBlock) {
      // Again at the end, and no more of them than it takes: the map stays ordered and small.
      refusedAtMs.delete(addressBlock);
      refusedAtMs.set(addressBlock, now());
      const [oldest] = refusedAtMs.keys();
      if (refusedAtMs.size > ATTACK_ADDRESSES && oldest !== undefined) refusedAtMs.delete(oldest);
    },
  };
}
