import { describe, expect, it } from "vitest";
import { createSessionEvidence, type SessionCall } from "./session-evidence.ts";

const LIST: SessionCall = { operation: "list", sessionPublicId: "s1" };
const yes = async () => true;
const no = async () => false;

describe("a session that is answered 404", () => {
  it("is gone if the platform answers and does not know it", async () => {
    const { evidence } = start();
    expect(await evidence.isGone(LIST, no)).toBe(false);
    expect(await evidence.isGone(LIST, yes)).toBe(true);
  });

  it("is gone after 60 s of it, whatever else the platform says", async () => {
    const { evidence, pass } = start();
    for (let s = 0; s < 60; s += 5) {
      expect(await evidence.isGone(LIST, no)).toBe(false);
      pass(5_000);
    }
    expect(await evidence.isGone(LIST, no)).toBe(true);
  });

  it("begins anew after it has been found, and after a long pause", async () => {
    const { evidence, pass } = start();
    await evidence.isGone(LIST, no);
    pass(50_000);
    evidence.found(LIST);
    await evidence.isGone(LIST, no);
    pass(50_000);
    expect(await evidence.isGone(LIST, no)).toBe(false);
    pass(70_000);
    expect(await evidence.isGone(LIST, no)).toBe(false);
  });

  it("exists for sure in the first seconds of its token", async () => {
    const { evidence, pass } = start();
    evidence.issued("s1", EPOCH_MS);
    pass(2_000);
    evidence.issued("s1", EPOCH_MS - 4_000);
    pass(2_500);
    expect(await evidence.isGone(LIST, yes)).toBe(false);
    pass(1_000);
    expect(await evidence.isGone(LIST, yes)).toBe(true);
  });

  it("exists for sure in the minute after the platform has opened it, whatever the age of its token", async () => {
    const { evidence, pass } = start();
    evidence.issued("s1", EPOCH_MS, true);
    pass(10_000);
    evidence.issued("s1", EPOCH_MS + 9_000);
    pass(49_000);
    expect(await evidence.isGone(LIST, yes)).toBe(false);
    pass(2_000);
    expect(await evidence.isGone(LIST, yes)).toBe(true);
  });

  it("exists for sure in the minute after another replica has seen the platform open it", async () => {
    const { evidence, pass } = start();
    evidence.issued("s1", EPOCH_MS - 20_000, true);
    pass(39_000);
    expect(await evidence.isGone(LIST, yes)).toBe(false);
    pass(2_000);
    expect(await evidence.isGone(LIST, yes)).toBe(true);
  });

  it("does not exist for longer because another replica's clock is ahead", async () => {
    const { evidence, pass } = start();
    evidence.issued("s1", EPOCH_MS + 3_600_000);
    pass(6_000);
    expect(await evidence.isGone(LIST, yes)).toBe(true);
  });
});

const EPOCH_MS = Date.UTC(2026, 0, 1);

function start() {
  let nowMs = 1_000;
  const clock = { steadyMs: () => nowMs, epochMs: () => EPOCH_MS + nowMs - 1_000 };
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { evidence: createSessionEvidence(clock), pass };
}
