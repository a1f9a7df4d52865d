import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlatformUrls } from "./urls.ts";

const OPTIONS = {
  apiUrl: "https://api.example.com",
  socketUrl: "https://live.example.com",
  projectUid: "proj_1",
  integrationId: "int_1",
};

describe("the platform's addresses", () => {
  it("are those of its page", () => {
    const urls = createPlatformUrls(OPTIONS);
    expect(urls).toMatchObject({
      apiOrigin: "https://api.example.com",
      messages: "/api/v1/webhooks/chat/proj_1/int_1/messages",
      status: "/api/v1/webhooks/chat/proj_1/int_1/status",
      integrations: "/api/v1/webhooks/chat/proj_1/integrations",
    });
    expect(urls.history("s1", { sinceMs: null })).toBe(
      "/api/v1/webhooks/chat/proj_1/int_1/sessions/s1/messages",
    );
    expect(urls.history("s1", { sinceMs: 0 })).toMatch(
      /\/sessions\/s1\/messages\?since=1970-01-01T00%3A00%3A00\.000Z$/,
    );
    expect(urls.visitorSocket("s1")).toBe(
      "wss://live.example.com/api/v1/chat/visitor-ws?projectUid=proj_1&integrationId=int_1&sessionPublicId=s1",
    );
  });

  it("keep the API's path prefix", () => {
    const urls = createPlatformUrls({
      ...OPTIONS,
      apiUrl: "http://host:81/mailoo/",
      socketUrl: "ws://host:82/live",
    });
    expect(urls.apiOrigin).toBe("http://host:81");
    expect(urls.status).toBe("/mailoo/api/v1/webhooks/chat/proj_1/int_1/status");
    expect(urls.visitorSocket("s1")).toMatch(/^ws:\/\/host:82\/live\/api\/v1\/chat\/visitor-ws\?/);
  });

  it("keep an id within its path segment, whatever characters it contains", () => {
    const urls = createPlatformUrls(OPTIONS);
    expect(urls.history("../../x?y#z", { sinceMs: null })).toMatch(
      /\/sessions\/\.\.%2F\.\.%2Fx%3Fy%23z\/messages$/,
    );
    expect(urls.history("a\r\nHost: evil", { sinceMs: null })).toMatch(
      /\/sessions\/a%0D%0AHost%3A%20evil\/messages$/,
    );
    expect(urls.visitorSocket("a&projectUid=b")).toMatch(/&sessionPublicId=a%26projectUid%3Db$/);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (id) => {
        const path = urls.history(id, { sinceMs: null });
        if (path === null) return;
        const url = new URL(path, OPTIONS.apiUrl);
        expect(url.pathname).toBe(path);
        expect(decodeURIComponent(path.split("/").at(-2) ?? "")).toBe(id);
      }),
    );
  });

  it.each([[""], ["."], [".."], ["\ud800"], ["x".repeat(257)]])("do not exist for the id %j", (id) => {
    const urls = createPlatformUrls(OPTIONS);
    expect(urls.history(id, { sinceMs: null })).toBeNull();
    expect(urls.visitorSocket(id)).toBeNull();
  });

  it("take any time for a bound that a clock can show", () => {
    const urls = createPlatformUrls(OPTIONS);
    expect(urls.history("s1", { sinceMs: -5 })).toContain("since=1970-01-01T00%3A00%3A00.000Z");
    expect(urls.history("s1", { sinceMs: 1e300 })).toContain("since=9999-12-31T23%3A59%3A59.999Z");
  });
});
