import { createHash } from "node:crypto";
import type { ProofOfWork } from "../../src/auth/challenge-gate.ts";

/** Does the work, as a browser does it. */
export function solveChallenge(work: ProofOfWork): Record<string, unknown> {
  for (let number = 0; number <= (work.maxnumber ?? 0); number++) {
    const digest = createHash("sha256").update(`${work.salt}${number}`).digest("hex");
    if (digest === work.challenge) return { ...work, number };
  }
  throw new Error("there is no solution");
}
