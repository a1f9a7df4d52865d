import { once } from "node:events";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import express from "express";
import { afterAll, describe, expect, it } from "vitest";
import { findWidgetFiles, widgetFiles } from "../src/http/widget-files.ts";
import { startChat } from "./support/start-chat.ts";

const chat = await startChat();
afterAll(() => chat[Symbol.asyncDispose]());

interface Served {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly bytes: Buffer;
}

/** Without a client that decompresses on its own. */
function load(path: string, headers: Record<string, string> = {}): Promise<Served> {
  return new Promise((resolve, reject) => {
    get(`${chat.bff.url}${path}`, { headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) });
    }).on("error", reject);
  });
}

describe("the script tag's bundle", () => {
  it("is built (pnpm build) before these tests run", () => {
    expect(findWidgetFiles()).not.toBeNull();
  });

  it.each(["/widget.js", `${DEFAULT_BASE_PATH}/widget.js`])(
    "[ASSET-1] [ASSET-2] is served at %s for every page, compressed",
    async (path) => {
      const br = await load(path, { "Accept-Encoding": "gzip, br", "Sec-Fetch-Site": "cross-site" });
      expect(br.status).toBe(200);
      expect(br.headers).toMatchObject({
        "content-type": "text/javascript; charset=UTF-8",
        "content-encoding": "br",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        vary: "Origin, Accept-Encoding",
      });
      const plain = await load(path);
      expect(plain.headers["content-encoding"]).toBeUndefined();
      expect(br.bytes.length).toBeLessThan(plain.bytes.length);
    },
  );

  it.each(["/assets/none.js", `${DEFAULT_BASE_PATH}/assets/none.js`, "/v1/none.js"])(
    "%s, which does not exist, is not_found for every page",
    async (path) => {
      for (const headers of [{ "Sec-Fetch-Site": "cross-site" }, { Origin: "https://elsewhere.test" }]) {
        const missing = await load(path, headers as Record<string, string>);
        expect([missing.status, JSON.parse(String(missing.bytes)).code]).toEqual([404, "not_found"]);
        expect(missing.headers["access-control-allow-origin"]).toBe("*");
      }
    },
  );

  it("is not sent again to a browser that has it", async () => {
    const { headers } = await load("/widget.js");
    const again = await load("/widget.js", { "If-None-Match": String(headers.etag) });
    expect([again.status, again.bytes.length]).toEqual([304, 0]);
  });

  it("is known by its content, whenever it was installed: upgrades and replicas may have any dates", async () => {
    const folder = await mkdtemp(join(tmpdir(), "widget-"));
    const install = async (script: string, date: Date): Promise<unknown> => {
      await writeFile(join(folder, "widget.js"), script);
      await utimes(join(folder, "widget.js"), date, date);
      const server = express().use(widgetFiles(folder)).listen(0, "127.0.0.1");
      await once(server, "listening");
      const { headers } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/widget.js`);
      server.close();
      expect(headers.get("last-modified")).toBeNull();
      return headers.get("etag");
    };
    try {
      const first = await install("load('core-1a2b')", new Date(0));
      expect(first).not.toBeNull();
      expect(await install("load('core-1a2b')", new Date(1e12))).toBe(first);
      expect(await install("load('core-3c4d')", new Date(0))).not.toBe(first);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
