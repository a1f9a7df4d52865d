import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { solveChallenge } from "./solve-challenge.ts";

const salt = "8f1c?expires=1800000000&";
const hash = (number: number) => createHash("sha256").update(`${salt}${number}`).digest("hex");
const challenge = { algorithm: "SHA-256", salt, signature: "signed", maxnumber: 20_000 };

describe("solveChallenge", () => {
  it("finds the number and returns the fields that the server signed", async () => {
    const solution = await solveChallenge(
      { ...challenge, challenge: hash(4321) },
      new AbortController().signal,
    );
    expect(solution).toEqual({
      algorithm: "SHA-256",
      challenge: hash(4321),
      number: 4321,
      salt,
      signature: "signed",
    });
  });

  it("yields to the page while searching, and stops when aborted", async () => {
    const stop = new AbortController();
    const solving = solveChallenge({ ...challenge, challenge: "none", maxnumber: 10_000_000 }, stop.signal);
    setTimeout(() => stop.abort(new Error("destroyed")));
    await expect(solving).rejects.toThrow("destroyed");
  });

  it.each([
    null,
    "text",
    {},
    { ...challenge, challenge: hash(1), algorithm: "SHA-1" },
    { ...challenge, challenge: hash(1), maxnumber: 1e12 },
  ])("rejects the unknown challenge %j", async (unknown) => {
    await expect(solveChallenge(unknown, new AbortController().signal)).rejects.toThrow("not known");
  });
});
