import { ProblemError } from "../lib/problem-error.ts";
import type { Challenges } from "./challenges.ts";

export type ChallengeGate = ReturnType<typeof createChallengeGate>;

/** One address that opens too many sessions is stopped by its limit; several at once are an attack, which limits do not stop. */
const ATTACK_ADDRESSES = 5;
const ATTACK_WINDOW_MS = 10 * 60_000;

/**
 * Decides whether a first message needs a proof of work.
 *
 * @param mode `auto`: while several addresses exceed the limit on new sessions
 * @param now milliseconds from any start; never steps
 */
export function createChallengeGate(
  mode: "auto" | "off" | "always",
  challenges: Challenges,
  now: () => number = () => performance.now(),
) {
  /** The addresses refused last, oldest first. */
  const refusedAtMs = new Map<string, number>();

  const isUnderAttack = () => {
    const recent = [...refusedAtMs.values()].filter((atMs) => now() - atMs < ATTACK_WINDOW_MS);
    return recent.length >= ATTACK_ADDRESSES;
  };
  const required = async () =>
    new ProblemError("challenge_required", { challenge: await challenges.create() });
  const isMissing = (solution: unknown) => solution === undefined || solution === null;
  const isOn = () => mode === "always" || (mode === "auto" && isUnderAttack());

  return {
    /** The challenge to solve; null if none is needed. */
    current: () => (isOn() ? challenges.create() : null),

    /**
     * Refuses a first message without a valid solution. Does not use the solution up.
     *
     * Rejects with `ProblemError` `challenge_required` (with a new challenge) or `challenge_invalid`.
     */
    async check(solution: unknown): Promise<void> {
      if (!isOn()) return;
      const verdict = isMissing(solution) ? "stale" : await challenges.check(solution);
      if (verdict === "wrong") throw new ProblemError("challenge_invalid");
      if (verdict === "stale") throw await required();
    },

    /** Uses the solution up, after all other checks. Rejects with `challenge_required` if it was used before. */
    async use(solution: unknown): Promise<void> {
      if (isOn() && !isMissing(solution) && !(await challenges.use(solution))) throw await required();
    },

    /** The limit on new sessions has refused an address. */
    sessionRefused(addressBlock: string): void {
      refusedAtMs.delete(addressBlock);
      refusedAtMs.set(addressBlock, now());
      const [oldest] = refusedAtMs.keys();
      if (refusedAtMs.size > ATTACK_ADDRESSES && oldest !== undefined) refusedAtMs.delete(oldest);
    },
  };
}
