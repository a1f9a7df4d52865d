import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../http.ts";
import { understood } from "./fields.ts";
import { RETRY_AFTER_MAX_MS, type Refusal, readAnswer } from "./read-answer.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

describe("an error answer", () => {
  it.each([
    [404, { code: "session_not_found" }, { kind: "session-unknown" }],
    [404, undefined, { kind: "session-unknown" }],
    [404, { code: "INTEGRATION_NOT_FOUND" }, { kind: "refused", status: 404 }],
    [400, { error: { code: "SESSION_NOT_FOUND" } }, { kind: "session-unknown" }],
    [403, { error: "unknown_session" }, { kind: "session-unknown" }],
    [400, { error: "The session was not found" }, { kind: "refused", status: 400 }],
    [401, { code: "session_expired" }, { kind: "unauthorised", status: 401 }],
    [401, { code: "session_closed" }, { kind: "unauthorised", status: 401 }],
    [409, { code: "session_closed" }, { kind: "session-closed" }],
    [403, { error: { code: "CHAT_ENDED" } }, { kind: "session-closed" }],
    [422, { error: "conversation.archived" }, { kind: "session-closed" }],
    [410, { code: "session_resolved" }, { kind: "session-closed" }],
    [409, { code: "conflict" }, { kind: "refused", status: 409 }],
  ])("%i %j about a session is %j", (status, body, failure) => {
    expect(read(status, body, true)).toEqual(failure);
  });

  it("that is a page of something in between ends no session and refuses no key", () => {
    const page = "<!doctype html><title>Not found</title>";
    expect(refusalOf(404, page, true).failure).toEqual({ kind: "server-error", status: 404 });
    expect(refusalOf(403, page, true).failure).toEqual({ kind: "refused", status: 403 });
  });

  it("without a session named is never about one", () => {
    expect(read(404, undefined, false)).toEqual({ kind: "refused", status: 404 });
    expect(read(410, undefined, false)).toEqual({ kind: "refused", status: 410 });
  });

  it("403 is about the origin unless its code names the key", () => {
    expect(read(403, { code: "origin_not_allowed" }, false)).toEqual({ kind: "unauthorised", status: 403 });
    expect(read(403, { code: "missing_scope" }, false)).toEqual({ kind: "unauthorised", status: 401 });
    expect(read(403, { code: "INVALID_API_KEY" }, false)).toEqual({ kind: "unauthorised", status: 401 });
  });

  it("passes on the platform's code if it looks like one", () => {
    const codeOf = (body: unknown) => refusalOf(400, JSON.stringify(body), false).platformCode;
    expect(codeOf({ code: "bad_thing" })).toBe("bad_thing");
    expect(codeOf({ error: { type: "bad.thing" } })).toBe("bad.thing");
    expect(codeOf({ error: "Something went wrong: Hello" })).toBeNull();
    expect(codeOf({ code: 42 })).toBeNull();
    expect(codeOf(["code"])).toBeNull();
  });
});

function read(status: number, body: unknown, namesSession: boolean) {
  return refusalOf(status, body === undefined ? "" : JSON.stringify(body), namesSession).failure;
}

function refusalOf(status: number, text: string, namesSession: boolean): Refusal {
  const answer = { status, retryAfter: null, text, truncated: false };
  const read = readAnswer(answer, { namesSession, parse: understood }, NOW);
  if (!("failure" in read)) throw new TypeError("the answer is no refusal");
  return read;
}

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["7", 7_000],
    [" 1.5 ", 1_500],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
    ["999999999999", RETRY_AFTER_MAX_MS],
    ["Fri, 01 Jan 2100 00:00:00 GMT", RETRY_AFTER_MAX_MS],
  ])("%j is %i ms", (header, ms) => {
    expect(parseRetryAfter(header, NOW, RETRY_AFTER_MAX_MS)).toBe(ms);
  });

  it.each([[null], [""], ["soon"], ["-5"], ["1e9"], ["NaN"], ["2026-01-01"]])("%j says nothing", (header) => {
    expect(parseRetryAfter(header, NOW, RETRY_AFTER_MAX_MS)).toBeNull();
  });
});
