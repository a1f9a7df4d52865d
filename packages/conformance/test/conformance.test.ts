import { DIALECTS, type FaultPatch, type Sandbox, SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { type ConformanceOptions, runConformance } from "../src/index.ts";

function pointedAt(sandbox: Sandbox, timeoutMs = 5000): ConformanceOptions {
  return {
    api: sandbox.url,
    socketApi: sandbox.url,
    key: SEED.apiKey,
    projectUid: SEED.projectUid,
    integrationId: SEED.integrationId,
    origin: "http://localhost:5173",
    ownerToken: SEED.ownerToken,
    sendOnlyKey: SEED.sendOnlyKey,
    createOnlyKey: SEED.createOnlyKey,
    create: true,
    timeoutMs,
  };
}

async function brokenIds(sandbox: Sandbox, timeoutMs?: number): Promise<string[]> {
  const { findings } = await runConformance(pointedAt(sandbox, timeoutMs));
  return findings.filter(({ verdict }) => verdict.name === "broken").map(({ id }) => id);
}

describe("the conformance suite", () => {
  it("finds every documented behaviour in the sandbox", async () => {
    await using sandbox = await startSandbox();
    const report = await runConformance(pointedAt(sandbox));
    expect(report.findings.filter(({ verdict }) => verdict.name !== "holds")).toEqual([]);
    expect(report.ok).toBe(true);
  });

  it.each(Object.keys(DIALECTS))("reads the dialect %s", async (dialect) => {
    await using sandbox = await startSandbox();
    sandbox.faults.set({ dialect } as FaultPatch);
    expect(await brokenIds(sandbox)).toEqual([]);
  });

  it.each<[string, FaultPatch]>([
    ["since that includes its moment", { since: "inclusive" }],
    ["pages of ten, the oldest first", { pageSize: 10, pageOrder: "oldest" }],
    ["pages of two, the newest first", { pageSize: 2, pageOrder: "newest" }],
    ["a clock of its own", { clockSkewMs: -90_000 }],
    ["an unhurried network", { latencyMs: 30, pushDelayMs: 30 }],
    ["sockets that repeat what was before", { replay: 5 }],
    ["sockets that also say other things", { nonMessageFrames: true }],
  ])("accepts what the platform's page leaves open: %s", async (_what, patch) => {
    await using sandbox = await startSandbox();
    sandbox.faults.set(patch);
    expect(await brokenIds(sandbox)).toEqual([]);
  });

  it("reports whether since is exclusive or inclusive", async () => {
    await using sandbox = await startSandbox();
    const note = async () =>
      (await runConformance(pointedAt(sandbox))).findings.find(({ id }) => id === "list-since")?.verdict;
    expect(await note()).toEqual({ name: "holds", note: "exclusive" });
    sandbox.faults.set({ since: "inclusive" });
    expect(await note()).toEqual({ name: "holds", note: "inclusive" });
  });

  it.each<[string, FaultPatch, readonly string[]]>([
    ["sockets that say nothing", { sockets: "mute" }, ["visitor-socket-pushes", "dashboard-reply"]],
    ["sockets that are refused", { sockets: "refuse" }, ["visitor-socket-pushes"]],
    ["pages in place of JSON", { html: true }, ["send-opens-session", "status", "list-since"]],
    ["errors", { errorRate: 1 }, ["send-opens-session", "status", "legacy-send"]],
    ["a clock that does not advance", { equalTimestamps: true }, ["list-since"]],
  ])("fails on %s", async (_what, patch, expected) => {
    await using sandbox = await startSandbox();
    sandbox.faults.set(patch);
    expect(await brokenIds(sandbox, 300)).toEqual(expect.arrayContaining([...expected]));
  });

  it("fails on an unreachable platform", async () => {
    const sandbox = await startSandbox();
    await sandbox.close();
    const report = await runConformance(pointedAt(sandbox));
    expect(report.ok).toBe(false);
  });

  it("leaves the owner's part out without a token, and records shapes without a value", async () => {
    await using sandbox = await startSandbox();
    const report = await runConformance({ ...pointedAt(sandbox), ownerToken: null, create: false });
    expect(report.ok).toBe(true);
    expect(report.findings.find(({ id }) => id === "dashboard-reply")?.verdict.name).toBe("skipped");
    expect(report.shapes).toMatchObject({
      "send 200": { messageId: "string", sessionPublicId: "string", createdAt: "string (time)" },
      "list 200": { messages: [{ id: "string", senderName: "null" }] },
      "visitor socket frame": { type: "string", payload: { content: "string" } },
    });
    const written = JSON.stringify(report.shapes);
    for (const value of [SEED.apiKey, SEED.integrationId, "Conformance check", "VISITOR"]) {
      expect(written).not.toContain(value);
    }
  });
});
