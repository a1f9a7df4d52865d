import { describe, expect, it } from "vitest";
import { latencyFor, NO_FAULTS } from "./fault-settings.ts";

describe("latencyFor", () => {
  it("draws from a range", () => {
    const settings = { ...NO_FAULTS, latencyMs: { min: 100, max: 300 } };
    expect(latencyFor("send", settings, 0)).toBe(100);
    expect(latencyFor("send", settings, 0.5)).toBe(200);
  });

  it("holds for the routes that faults hit, where one latency is given for all", () => {
    const settings = { ...NO_FAULTS, latencyMs: 50 };
    expect(latencyFor("list", settings, 0)).toBe(50);
    expect(latencyFor("reply", settings, 0)).toBe(0);
    expect(latencyFor("visitorSocket", { ...settings, routes: ["visitorSocket"] }, 0)).toBe(50);
  });

  it("holds for the routes named, where it is given by route", () => {
    const settings = { ...NO_FAULTS, latencyMs: { reply: 50, status: { min: 10, max: 10 } } };
    expect(latencyFor("reply", settings, 0)).toBe(50);
    expect(latencyFor("status", settings, 0.9)).toBe(10);
    expect(latencyFor("send", settings, 0)).toBe(0);
  });
});
