import { createHmac } from "node:crypto";
import { createChallenge, extractParams, verifySolution } from "altcha-lib/v1";
import type { Challenge } from "altcha-lib/v1/types";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { type Clock, systemClock } from "../lib/clock.ts";
import { parseJson } from "../lib/parse-json.ts";
import { ProblemError } from "../lib/problem-error.ts";
import { type RedisLink, withFallback } from "../redis/redis-link.ts";

export type ChallengeGate = ReturnType<typeof createChallengeGate>;

export type ProofOfWork = Pick<Challenge, keyof Challenge>;

export interface ChallengeGateOptions {
  /** `auto`: required while several addresses exceed the limit on new sessions. */
  readonly mode: "auto" | "off" | "always";
  readonly secret: string;
  /** Null: only this process remembers used solutions. */
  readonly link: Pick<RedisLink, "run"> | null;
  /** On average, half as many hashes are computed. 50,000 takes between 0.1 and 1 s on a phone. @default 50_000 */
  readonly maxNumber?: number;
  readonly clock?: Clock;
}

/** Time for the visitor to read and type, and for the browser to solve. */
const LIFETIME_MS = 20 * 60_000;
/**
 * A limit stops one address that opens too many sessions. Several such addresses are an attack, which limits do not stop.
 */
const ATTACK_ADDRESSES = 5;
const ATTACK_WINDOW_MS = 10 * 60_000;

/**
 * Decides whether a first message needs a proof of work, and checks it.
 *
 * The format is ALTCHA's (v1): find the `number`, at most `maxnumber`, for which SHA-256(`salt` + `number`) is `challenge`.
 * The salt carries the expiry, and the challenge is signed, so that any replica can check it. Only used solutions are
 * stored.
 */
export function createChallengeGate(options: ChallengeGateOptions) {
  const { mode, secret, link, maxNumber = 50_000, clock = systemClock } = options;
  const hmacKey = createHmac("sha256", secret).update("challenge").digest("hex");
  const takeOnce = createUsedSolutions(link);
  const refusedAddresses = new LRUCache<string, true>({
    max: ATTACK_ADDRESSES,
    ttl: ATTACK_WINDOW_MS,
    ttlResolution: 0,
    perf: { now: clock.steadyMs },
  });

  function isOn(): boolean {
    if (mode !== "auto") return mode === "always";
    refusedAddresses.purgeStale();
    return refusedAddresses.size >= ATTACK_ADDRESSES;
  }

  function create(): Promise<ProofOfWork> {
    const expires = new Date(clock.epochMs() + LIFETIME_MS);
    return createChallenge({ hmacKey, maxnumber: maxNumber, expires });
  }

  async function required(): Promise<ProblemError> {
    return new ProblemError("challenge_required", { challenge: await create() });
  }

  /** Null: it is not solved. `leftMs` is not positive if it has expired. */
  async function read(solution: unknown) {
    const { data, success } = solutionSchema.safeParse(solution);
    if (!success || !(await verifySolution(data, hmacKey, false))) return null;
    const expiresAtMs = Number(extractParams(data).expires) * 1000;
    return { challenge: data.challenge, leftMs: expiresAtMs - clock.epochMs() };
  }

  return {
    /** The challenge to solve; null if none is needed. */
    current: () => (isOn() ? create() : null),

    /**
     * Refuses a first message without a valid solution. Does not use the solution up.
     *
     * Rejects with `ProblemError` `challenge_required` (with a new challenge) or `challenge_invalid`.
     */
    async check(solution: unknown): Promise<void> {
      if (!isOn()) return;
      if (isMissing(solution)) throw await required();
      const solved = await read(solution);
      if (solved === null) throw new ProblemError("challenge_invalid");
      if (solved.leftMs <= 0) throw await required();
    },

    /** Uses the solution up, after all other checks. Rejects with `challenge_required` if it was used before. */
    async use(solution: unknown): Promise<void> {
      if (!isOn() || isMissing(solution)) return;
      const solved = await read(solution);
      const isValid = solved !== null && solved.leftMs > 0;
      if (!isValid || !(await takeOnce(solved.challenge, solved.leftMs))) throw await required();
    },

    /** To be called when the limit on new sessions has refused an address. */
    sessionRefused(addressBlock: string): void {
      refusedAddresses.set(addressBlock, true);
    },
  };
}

const hex = z.string().regex(/^[0-9a-f]{64}$/);

/** ALTCHA's own widget encodes the object as base64 of its JSON. */
const solutionSchema = z.preprocess(
  decode,
  z.object({
    algorithm: z.literal("SHA-256"),
    challenge: hex,
    number: z.int().min(0).max(100_000_000),
    salt: z.string().max(128),
    signature: hex,
  }),
);

function decode(solution: unknown): unknown {
  if (typeof solution !== "string" || solution.length > 2048) return solution;
  return parseJson(Buffer.from(solution, "base64").toString("utf8"));
}

function isMissing(solution: unknown): solution is undefined | null {
  return solution === undefined || solution === null;
}

/**
 * Whether a challenge is used for the first time. This process and Redis remember it for `forMs`, until it expires. While
 * Redis is away, a solution is valid once on each replica.
 */
export function createUsedSolutions(link: Pick<RedisLink, "run"> | null) {
  const own = new LRUCache<string, true>({ max: 50_000 });
  return async (challenge: string, forMs: number): Promise<boolean> => {
    if (own.has(challenge)) return false;
    own.set(challenge, true);
    if (!link) return true;
    const key = `mc:work:${challenge}`;
    const taken = link.run((redis) => redis.set(key, "1", "PX", Math.ceil(forMs), "NX"));
    return (await withFallback(taken, () => "OK")) === "OK";
  };
}
