import { createHmac } from "node:crypto";
import { createChallenge, extractParams, verifySolution } from "altcha-lib/v1";
import type { Challenge } from "altcha-lib/v1/types";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { RedisAwayError, type RedisLink } from "../redis/redis-link.ts";

/**
 * Proof of work before a first message, in the open format of ALTCHA (v1): find the `number`, at most `maxnumber`, for which
 * SHA-256(`salt` + `number`) is `challenge`. The salt carries the expiry, and the challenge is signed, so that any replica can
 * check it. Only used solutions are remembered.
 */
export interface Challenges {
  create(): Promise<ProofOfWork>;
  /** `stale`: ours, but expired. `wrong`: anything else that is not solved. Uses nothing up. */
  check(solution: unknown): Promise<"solved" | "stale" | "wrong">;
  /** Uses up a solved challenge; false if it was used before: a solution is valid once. */
  use(solution: unknown): Promise<boolean>;
}

export type ProofOfWork = Pick<Challenge, keyof Challenge>;

export interface ChallengesOptions {
  readonly secret: string;
  /** On average half as many hashes are needed: at 50,000, between 0.1 and 1 s on a phone. @default 50_000 */
  readonly maxNumber?: number;
  /** @default remembered by this process alone */
  readonly used?: UsedSolutions;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** Time to read, type and solve. */
const LIFETIME_MS = 20 * 60_000;

export function createChallenges({
  secret,
  maxNumber = 50_000,
  used = createMemoryUsedSolutions(),
  now = Date.now,
}: ChallengesOptions): Challenges {
  const hmacKey = createHmac("sha256", secret).update("challenge").digest("hex");

  const read = async (solution: unknown) => {
    const parsed = solutionSchema.safeParse(solution);
    if (!parsed.success || !(await verifySolution(parsed.data, hmacKey, false))) return null;
    const expiresAtMs = Number(extractParams(parsed.data).expires) * 1000;
    return { challenge: parsed.data.challenge, leftMs: expiresAtMs - now() };
  };

  return {
    create: () => createChallenge({ hmacKey, maxnumber: maxNumber, expires: new Date(now() + LIFETIME_MS) }),

    async check(solution) {
      const solved = await read(solution);
      if (solved === null) return "wrong";
      return solved.leftMs > 0 ? "solved" : "stale";
    },

    async use(solution) {
      const solved = await read(solution);
      return solved !== null && solved.leftMs > 0 && used.take(solved.challenge, Math.ceil(solved.leftMs));
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
  try {
    return JSON.parse(Buffer.from(solution, "base64").toString("utf8"));
  } catch {
    return null;
  }
}

/** Which challenges have been solved and used. */
export interface UsedSolutions {
  /** True the first time that a challenge is named, and false for `forMs` after that, when it has expired anyway. */
  take(challenge: string, forMs: number): Promise<boolean>;
}

export function createMemoryUsedSolutions(): UsedSolutions {
  const used = new LRUCache<string, true>({ max: 50_000 });
  return {
    async take(challenge) {
      if (used.has(challenge)) return false;
      used.set(challenge, true);
      return true;
    },
  };
}

/** Remembered on Redis, and in this process as well. While Redis is away, a solution is valid once on each replica. */
export function createSharedUsedSolutions(link: Pick<RedisLink, "run">): UsedSolutions {
  const own = createMemoryUsedSolutions();
  return {
    async take(challenge, forMs) {
      if (!(await own.take(challenge, forMs))) return false;
      try {
        return (await link.run((redis) => redis.set(keyOf(challenge), "1", "PX", forMs, "NX"))) === "OK";
      } catch (error) {
        if (error instanceof RedisAwayError) return true;
        throw error;
      }
    },
  };
}

function keyOf(challenge: string): string {
  return `mc:work:${challenge}`;
}
