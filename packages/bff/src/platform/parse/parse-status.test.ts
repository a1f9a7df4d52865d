import { describe, expect, it } from "vitest";
import { parseStatus } from "./parse-status.ts";

describe("the status", () => {
  it.each([
    [{ status: "online" }, "online"],
    [{ status: "OFFLINE" }, "away"],
    [{ status: "Away" }, "away"],
    [{ status: "available" }, "online"],
    [{ data: { status: "online" } }, "online"],
    [{ success: true, data: { status: "busy" } }, "away"],
    [{ online: true }, "online"],
    [{ online: false }, "away"],
    [{ data: { isOnline: false } }, "away"],
    [{ is_available: true }, "online"],
    [{ agentsOnline: 3 }, "online"],
    [{ agents_online: 0 }, "away"],
    [{ onlineAgents: ["a"] }, "online"],
    [{ presence: "active" }, "online"],
    [{ presence: { status: "away" } }, "away"],
    [{ status: { online: true } }, "online"],
    ["online", "online"],
    [true, "online"],
  ])("of %j is %s", (value, status) => {
    expect(parseStatus(value)).toEqual({ ok: true, value: status });
  });

  it("believes presence before the integration's own state", () => {
    expect(parseStatus({ status: "active", online: false })).toEqual({ ok: true, value: "away" });
    expect(parseStatus({ status: "online", presence: "away" })).toEqual({ ok: true, value: "away" });
  });

  it.each([
    [{}],
    [{ status: "active" }],
    [{ enabled: true }],
    [{ status: "ok" }],
    [{ status: 5 }],
    ["hello"],
  ])("is unknown where %j does not tell", (value) => {
    expect(parseStatus(value)).toEqual({ ok: true, value: "unknown" });
  });

  it.each([[null], [[]], [42], [undefined]])("is not read from %j", (value) => {
    expect(parseStatus(value)).toEqual({ ok: false, keysSeen: [] });
  });
});
