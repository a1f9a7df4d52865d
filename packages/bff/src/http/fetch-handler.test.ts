import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { createFetchHandler } from "./fetch-handler.ts";

describe("createFetchHandler", () => {
  it("streams bodies in both directions", async () => {
    const handle = createFetchHandler((req, res) => void req.pipe(res));
    const chunks = ["one", "two", "three"];
    const body = ReadableStream.from(chunks.map((chunk) => new TextEncoder().encode(chunk)));
    const answer = await handle(
      new Request("https://site.example/echo", { method: "POST", body, duplex: "half" }),
    );
    expect(await answer.text()).toBe("onetwothree");
  });

  it("keeps every cookie, and no header of the connection", async () => {
    const handle = createFetchHandler(
      (_req, res) => void res.setHeader("set-cookie", ["a=1", "b=2"]).end("ok"),
    );
    const { headers } = await handle(new Request("https://site.example/"));
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(headers.get("connection")).toBeNull();
  });

  it.each(["before", "after"])(
    "ends the request if the visitor leaves %s the answer has begun",
    async (when) => {
      const arrived = Promise.withResolvers<ServerResponse>();
      const handle = createFetchHandler((_req, res) => {
        if (when === "after") res.write("the beginning");
        arrived.resolve(res);
      });
      const leaving = new AbortController();
      const answer = handle(new Request("https://site.example/", { signal: leaving.signal }));
      const response = await arrived.promise;
      const closed = new Promise((resolve) => response.once("close", resolve));
      if (when === "before") {
        leaving.abort();
        // A rejection is an error in the log of Next.js, for each visitor who leaves during a poll.
        expect((await answer).status).toBe(499);
      } else {
        await (await answer).body?.cancel();
      }
      await closed;
      expect(response.writableFinished).toBe(false);
    },
  );

  it("rejects if the listener drops the connection", async () => {
    const handle = createFetchHandler((req) => void req.socket.destroy());
    await expect(handle(new Request("https://site.example/"))).rejects.toThrow();
  });
});
