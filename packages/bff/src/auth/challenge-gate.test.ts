import { describe, expect, it } from "vitest";
import { solveChallenge } from "../../test/support/solve-challenge.ts";
import { type ChallengeGateOptions, createChallengeGate, type ProofOfWork } from "./challenge-gate.ts";

const SECRET = "a secret for challenges that is long enough";

function createGate(options: Partial<ChallengeGateOptions> = {}) {
  return createChallengeGate({ mode: "always", secret: SECRET, link: null, maxNumber: 200, ...options });
}

/** @param gate one that is on */
function give(gate: ReturnType<typeof createGate>): Promise<ProofOfWork> {
  const challenge = gate.current();
  if (!challenge) throw new Error("the gate is open");
  return challenge;
}

function movableClock() {
  let nowMs = 1;
  return {
    epochMs: () => nowMs,
    steadyMs: () => nowMs,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

const required = { code: "challenge_required", challenge: { maxnumber: 200 } };

describe("the gate before a first message", () => {
  it("is open if it is off", async () => {
    const gate = createGate({ mode: "off" });
    expect(gate.current()).toBeNull();
    await expect(gate.check(undefined)).resolves.toBeUndefined();
    await expect(gate.use(undefined)).resolves.toBeUndefined();
  });

  it("always requires a challenge if configured to", async () => {
    const gate = createGate();
    expect(await gate.current()).toMatchObject({ algorithm: "SHA-256" });
    for (const missing of [undefined, null]) {
      await expect(gate.check(missing)).rejects.toMatchObject(required);
    }
  });

  it("requires a challenge while several addresses exceed the limit, and stops after ten minutes", () => {
    const clock = movableClock();
    const gate = createGate({ mode: "auto", clock });
    for (let count = 0; count < 100; count++) gate.sessionRefused("one address");
    for (const block of ["b", "c", "d"]) gate.sessionRefused(block);
    expect(gate.current()).toBeNull();
    gate.sessionRefused("e");
    expect(gate.current()).not.toBeNull();
    clock.pass(10 * 60_000 + 1);
    expect(gate.current()).toBeNull();
  });
});

describe("a challenge", () => {
  it("is solved by work, on any replica with the same secret, and once", async () => {
    const replica = createGate();
    const solution = solveChallenge(await give(createGate()));
    await replica.check(solution);
    await replica.check(solution);
    await replica.use(solution);
    await expect(replica.use(solution)).rejects.toMatchObject(required);
  });

  it("is also accepted as ALTCHA's widget encodes it", async () => {
    const gate = createGate();
    const payload = Buffer.from(JSON.stringify(solveChallenge(await give(gate)))).toString("base64");
    await expect(gate.check(payload)).resolves.toBeUndefined();
  });

  it("expires", async () => {
    const clock = movableClock();
    const gate = createGate({ clock });
    const solution = solveChallenge(await give(gate));
    clock.pass(21 * 60_000);
    await expect(gate.check(solution)).rejects.toMatchObject(required);
    await expect(gate.use(solution)).rejects.toMatchObject(required);
  });

  it.each<[string, (solution: Record<string, unknown>) => unknown]>([
    ["a number", () => 5],
    ["a word", () => "x"],
    ["rubbish in base64", () => "%%%"],
    ["another number", (solution) => ({ ...solution, number: Number(solution.number) + 1 })],
    ["a longer life", (solution) => ({ ...solution, salt: "aa?expires=99999999999&" })],
    ["another signature", (solution) => ({ ...solution, signature: "0".repeat(64) })],
    ["another algorithm", (solution) => ({ ...solution, algorithm: "MD5" })],
  ])("is not solved by %s", async (_what, alter) => {
    const gate = createGate();
    const altered = alter(solveChallenge(await give(gate)));
    await expect(gate.check(altered)).rejects.toMatchObject({ code: "challenge_invalid" });
    await expect(gate.use(altered)).rejects.toMatchObject(required);
  });

  it("with another secret is wrong", async () => {
    const solution = solveChallenge(await give(createGate({ secret: `${SECRET} not` })));
    await expect(createGate().check(solution)).rejects.toMatchObject({ code: "challenge_invalid" });
  });
});
