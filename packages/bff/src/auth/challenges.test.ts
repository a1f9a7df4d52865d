import { describe, expect, it } from "vitest";
import { solveChallenge } from "../../test/support/solve-challenge.ts";
import { createChallenges } from "./challenges.ts";

const SECRET = "a secret for challenges that is long enough";

describe("a challenge", () => {
  it("is solved by work, on any replica with the same secret, and once", async () => {
    const given = createChallenges({ secret: SECRET, maxNumber: 200 }).create();
    const replica = createChallenges({ secret: SECRET, maxNumber: 200 });
    const solution = solveChallenge(await given);
    expect([await replica.check(solution), await replica.check(solution)]).toEqual(["solved", "solved"]);
    expect(await replica.use(solution)).toBe(true);
    expect(await replica.use(solution)).toBe(false);
  });

  it("is also accepted as ALTCHA's widget encodes it", async () => {
    const challenges = createChallenges({ secret: SECRET, maxNumber: 200 });
    const payload = Buffer.from(JSON.stringify(solveChallenge(await challenges.create()))).toString("base64");
    expect(await challenges.check(payload)).toBe("solved");
  });

  it("expires", async () => {
    let nowMs = 0;
    const challenges = createChallenges({ secret: SECRET, maxNumber: 200, now: () => nowMs });
    const solution = solveChallenge(await challenges.create());
    nowMs = 21 * 60_000;
    expect(await challenges.check(solution)).toBe("stale");
  });

  it.each<[string, (solution: Record<string, unknown>) => unknown]>([
    ["nothing", () => undefined],
    ["a number", () => 5],
    ["rubbish in base64", () => "%%%"],
    ["another number", (solution) => ({ ...solution, number: Number(solution.number) + 1 })],
    ["a longer life", (solution) => ({ ...solution, salt: "aa?expires=99999999999&" })],
    ["another signature", (solution) => ({ ...solution, signature: "0".repeat(64) })],
    ["another algorithm", (solution) => ({ ...solution, algorithm: "MD5" })],
  ])("is not solved by %s", async (_what, alter) => {
    const challenges = createChallenges({ secret: SECRET, maxNumber: 200 });
    expect(await challenges.check(alter(solveChallenge(await challenges.create())))).toBe("wrong");
  });

  it("with another secret is wrong", async () => {
    const other = createChallenges({ secret: `${SECRET} not`, maxNumber: 200 });
    expect(await createChallenges({ secret: SECRET }).check(solveChallenge(await other.create()))).toBe(
      "wrong",
    );
  });
});
