import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** A proof of work in the format of ALTCHA (v1). */
interface ProofOfWork {
  readonly algorithm: "SHA-256";
  readonly challenge: string;
  readonly maxnumber: number;
  readonly salt: string;
  readonly signature: string;
}

/** A slice is this long, then the page has its turn. A worker would need a URL, which strict pages forbid. */
const SLICE_MS = 12;

/** More than a visitor's machine should be asked for. */
const MAX_NUMBER = 10_000_000;

/**
 * Finds the number for which SHA-256(salt + number) is the challenge.
 *
 * @returns the challenge with the number in it, as the server takes it
 * @throws Error where the challenge is of another kind, has no solution, or is given up by the signal
 */
export async function solveChallenge(challenge: unknown, signal: AbortSignal): Promise<unknown> {
  const { maxnumber, ...given } = parseProofOfWork(challenge);
  let sliceEndsAtMs = performance.now() + SLICE_MS;
  for (let number = 0; number <= maxnumber; number += 1) {
    if (toHash(given.salt + number) === given.challenge) return { ...given, number };
    if (performance.now() < sliceEndsAtMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    sliceEndsAtMs = performance.now() + SLICE_MS;
  }
  throw new Error("the challenge has no solution");
}

/**
 * Not by `crypto.subtle`: that is missing on plain http sites, and costs a promise for each of the thousands of short texts
 * that a challenge takes.
 */
function toHash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

function parseProofOfWork(value: unknown): ProofOfWork {
  const { algorithm, challenge, maxnumber, salt, signature } = Object(value) as Record<string, unknown>;
  if (
    algorithm !== "SHA-256" ||
    typeof challenge !== "string" ||
    typeof maxnumber !== "number" ||
    maxnumber > MAX_NUMBER ||
    typeof salt !== "string" ||
    typeof signature !== "string"
  ) {
    throw new Error("a challenge of a kind that is not known");
  }
  return { algorithm, challenge, maxnumber, salt, signature };
}
