import { describe, expect, it } from "vitest";
import { createSharedAnswer } from "./shared-answer.ts";

describe("a shared answer", () => {
  it("is asked for once by all who come at the same time", async () => {
    const { shared, asked, settle } = start();
    const answers = Promise.all([shared.get(), shared.get(), shared.get()]);
    settle("yes");
    expect(await answers).toEqual(["yes", "yes", "yes"]);
    expect(asked()).toBe(1);
  });

  it("is repeated while it is fresh, and asked for again afterwards", async () => {
    const { shared, asked, settle, pass } = start();
    const first = shared.get();
    settle("yes");
    await first;
    pass(4_999);
    expect(await shared.get()).toBe("yes");
    pass(1);
    const second = shared.get();
    settle("no");
    expect(await second).toBe("no");
    expect(asked()).toBe(2);
  });

  it("fails for all who joined, and is asked for again by the next", async () => {
    const { shared, asked, settle } = start();
    const answers = Promise.allSettled([shared.get(), shared.get()]);
    settle(new Error("down"));
    expect(await answers).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    const next = shared.get();
    settle("yes");
    expect(await next).toBe("yes");
    expect(asked()).toBe(2);
  });

  it("goes on for the others when one gives up waiting", async () => {
    const { shared, settle } = start();
    const caller = new AbortController();
    const impatient = shared.get(caller.signal);
    const patient = shared.get();
    caller.abort(new Error("enough"));
    await expect(impatient).rejects.toThrow("enough");
    settle("yes");
    expect(await patient).toBe("yes");
  });
});

function start() {
  let nowMs = 0;
  let asked = 0;
  let open = Promise.withResolvers<string>();
  const shared = createSharedAnswer({
    ask: () => {
      asked += 1;
      open = Promise.withResolvers<string>();
      return open.promise;
    },
    freshForMs: 5_000,
    now: () => nowMs,
  });
  return {
    shared,
    asked: () => asked,
    settle: (answer: string | Error) =>
      answer instanceof Error ? open.reject(answer) : open.resolve(answer),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}
