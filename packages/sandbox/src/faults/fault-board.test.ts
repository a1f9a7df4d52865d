import { describe, expect, it } from "vitest";
import { createFaultBoard } from "./fault-board.ts";

describe("a fault board", () => {
  it("counts a switch down, on the routes it hits alone, and shows what is left", () => {
    const board = createFaultBoard();
    board.set({ acceptThenFail: 2 });
    expect(board.afterCommit("reply")).toBe("none");
    expect(board.afterCommit("send")).toBe("fail");
    expect(board.settings.acceptThenFail).toBe(1);
    expect(board.afterCommit("legacySend")).toBe("fail");
    expect(board.settings.acceptThenFail).toBe(false);
    expect(board.afterCommit("send")).toBe("none");
  });

  it("draws lots for a fraction, and never uses it up", () => {
    const draws = [0.2, 0.8, 0.2];
    const board = createFaultBoard(() => draws.shift() ?? 1);
    board.set({ acceptThenReset: 0.5 });
    expect([1, 2, 3].map(() => board.afterCommit("send"))).toEqual(["reset", "none", "reset"]);
    expect(board.settings.acceptThenReset).toBe(0.5);
  });

  it("fails only writes before they are accepted", () => {
    const board = createFaultBoard();
    board.set({ failBeforeAccept: true });
    expect(board.beforeRequest("list", false)).toEqual({ name: "none" });
    expect(board.beforeRequest("send", true)).toEqual({ name: "fail", status: 502 });
  });

  it("limits the rate without end where no count is given", () => {
    const board = createFaultBoard();
    board.set({ rateLimit: { retryAfterSeconds: 3 } });
    for (const route of ["send", "list", "send"] as const) {
      expect(board.beforeRequest(route, true)).toEqual({ name: "rate-limit", retryAfterSeconds: 3 });
    }
  });

  it("freezes the stamp of new messages from the first one on, until it is let go", () => {
    const board = createFaultBoard();
    board.set({ equalTimestamps: true, clockSkewMs: 1000, lateInsertMs: 300 });
    expect([5000, 6000, 7000].map(board.stampMs)).toEqual([5700, 5700, 5700]);
    board.set({ equalTimestamps: false });
    expect(board.stampMs(7000)).toBe(7700);
    expect(board.clockMs(7000)).toBe(8000);
  });

  it("notifies its subscribers of every change until they unsubscribe", () => {
    const board = createFaultBoard();
    const received: string[] = [];
    const stop = board.onChange(({ sockets }) => received.push(sockets));
    board.set({ sockets: "mute" });
    board.reset();
    stop();
    board.set({ sockets: "drop" });
    expect(received).toEqual(["mute", "ok"]);
  });
});
