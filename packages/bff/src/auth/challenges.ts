import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { Challenge } from "@mailoo-chat/protocol";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { RedisAwayError, type RedisLink } from "../redis/redis-link.ts";

/**
 * Proof of work before a first message, in the open format of ALTCHA (v1): find the `number`, at most `maxnumber`, for
 * which SHA-256(`salt` + `number`) is `challenge`. The challenge carries its expiry in the salt and our signature, so that
 * every replica checks what another has given out, and nothing is remembered but what has been used up.
 */
export interface Challenges {
  create(): ProofOfWork;
  /** `stale`: ours, but run out. `wrong`: anything else that is not solved. Uses nothing up. */
  check(solution: unknown): "solved" | "stale" | "wrong";
  /** Uses up a solution that `check` has found solved; false if it had been used already. A solution is good once. */
  use(solution: unknown): Promise<boolean>;
}

export interface ProofOfWork extends Challenge {
  readonly algorithm: "SHA-256";
  /** Hex. */
  readonly challenge: string;
  readonly maxnumber: number;
  /** Ends in `?expires=<epoch seconds>&`. */
  readonly salt: string;
  /** Hex HMAC-SHA-256 of `challenge`. */
  readonly signature: string;
}

export interface ChallengesOptions {
  readonly secret: string;
  /** On average half as many hashes are needed: at 50,000 some 0.1 to 1 s of a phone. @default 50_000 */
  readonly maxNumber?: number;
  /** @default what this process remembers */
  readonly used?: UsedSolutions;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** Time to read, type and solve. */
const LIFETIME_S = 20 * 60;

export function createChallenges({
  secret,
  maxNumber = 50_000,
  used = createMemoryUsedSolutions(),
  now = Date.now,
}: ChallengesOptions): Challenges {
  const key = createHmac("sha256", secret).update("challenge").digest();
  const sign = (challenge: string) => createHmac("sha256", key).update(challenge).digest("hex");

  const read = (solution: unknown): ReadSolution => {
    const parsed = solutionSchema.safeParse(unpack(solution));
    if (!parsed.success) return { verdict: "wrong" };
    const { challenge, number, salt, signature } = parsed.data;
    if (!isSameText(sign(challenge), signature) || hash(salt, number) !== challenge)
      return { verdict: "wrong" };
    const expiresAtS = Number(/\?expires=(\d{1,15})&$/.exec(salt)?.[1] ?? 0);
    const leftMs = expiresAtS * 1000 - now();
    return leftMs > 0 ? { verdict: "solved", challenge, leftMs } : { verdict: "stale" };
  };

  return {
    create() {
      const expiresAtS = Math.floor(now() / 1000) + LIFETIME_S;
      const salt = `${randomBytes(12).toString("hex")}?expires=${expiresAtS}&`;
      const challenge = hash(salt, randomInt(maxNumber + 1));
      return { algorithm: "SHA-256", challenge, maxnumber: maxNumber, salt, signature: sign(challenge) };
    },

    check: (solution) => read(solution).verdict,

    async use(solution) {
      const found = read(solution);
      return found.verdict === "solved" && (await used.take(found.challenge, Math.ceil(found.leftMs)));
    },
  };
}

type ReadSolution =
  | { readonly verdict: "stale" | "wrong" }
  | { readonly verdict: "solved"; readonly challenge: string; readonly leftMs: number };

const hex = z.string().regex(/^[0-9a-f]{64}$/);

const solutionSchema = z.object({
  algorithm: z.literal("SHA-256"),
  challenge: hex,
  number: z.int().min(0).max(100_000_000),
  salt: z.string().max(128),
  signature: hex,
});

/** ALTCHA's own solvers pass the object on as base64 of its JSON. */
function unpack(solution: unknown): unknown {
  if (typeof solution !== "string" || solution.length > 2048) return solution;
  try {
    return JSON.parse(Buffer.from(solution, "base64").toString("utf8"));
  } catch {
    return null;
  }
}

function hash(salt: string, number: number): string {
  return createHash("sha256").update(`${salt}${number}`).digest("hex");
}

function isSameText(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** Which challenges have been used up: a solution is good once. */
export interface UsedSolutions {
  /** True the first time that a challenge is named, false again until `forMs` have passed, when it has run out anyway. */
  take(challenge: string, forMs: number): Promise<boolean>;
}

/** Challenges remembered as used by one process; the oldest is forgotten first. */
const MAX_USED = 50_000;

export function createMemoryUsedSolutions(max = MAX_USED): UsedSolutions {
  const used = new LRUCache<string, true>({ max });
  return {
    async take(challenge) {
      if (used.has(challenge)) return false;
      used.set(challenge, true);
      return true;
    },
  };
}

/**
 * Remembers for all replicas together, and in this process besides. While Redis is away a solution is good once on each
 * replica, which is better than asking nobody for work and better than refusing everybody.
 */
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
