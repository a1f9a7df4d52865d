import { describe, expect, it } from "vitest";
import { createChallengeGate } from "./challenge-gate.ts";
import { createChallenges } from "./challenges.ts";

const challenges = createChallenges({ secret: "a secret for challenges that is long enough", maxNumber: 10 });

describe("the gate before a first message", () => {
  it("is open if it is off", async () => {
    const gate = createChallengeGate("off", challenges);
    expect(gate.current()).toBeNull();
    await expect(gate.check(undefined)).resolves.toBeUndefined();
    await expect(gate.use(undefined)).resolves.toBeUndefined();
  });

  it("asks for work always if it is set to", async () => {
    const gate = createChallengeGate("always", challenges);
    expect(await gate.current()).toMatchObject({ algorithm: "SHA-256" });
    await expect(gate.check(undefined)).rejects.toMatchObject({
      code: "challenge_required",
      challenge: { maxnumber: 10 },
    });
    await expect(gate.check("x")).rejects.toMatchObject({ code: "challenge_invalid" });
  });

  it("asks for work while several addresses exceed the limit, and stops after ten minutes", () => {
    let nowMs = 0;
    const gate = createChallengeGate("auto", challenges, () => nowMs);
    for (let count = 0; count < 100; count++) gate.sessionRefused("one address");
    for (const block of ["b", "c", "d"]) gate.sessionRefused(block);
    expect(gate.current()).toBeNull();
    gate.sessionRefused("e");
    expect(gate.current()).not.toBeNull();
    nowMs = 10 * 60_000;
    expect(gate.current()).toBeNull();
  });
});
