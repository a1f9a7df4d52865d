import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { isDeeperThan, parseJson, readJsonBody } from "./json-body.ts";

type FakeRequest = Parameters<typeof readJsonBody>[0];

/** A request as far as the reader looks at it: headers, a stream, perhaps a body that somebody has read. */
function request(
  chunks: readonly (string | Buffer)[],
  headers: Record<string, string>,
  body?: unknown,
): FakeRequest {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return Object.assign(stream, {
    headers: { "content-type": "application/json", ...headers },
    body,
  }) as unknown as FakeRequest;
}

const code = (value: string) => expect.objectContaining({ code: value });

describe("a JSON body", () => {
  it("is read from the stream, however it is cut", async () => {
    const bytes = Buffer.from('{"content":"Grüße 🎉"}');
    const chunks = [...bytes].map((byte) => Buffer.from([byte]));
    await expect(readJsonBody(request(chunks, {}))).resolves.toEqual({ content: "Grüße 🎉" });
  });

  it("is taken as an earlier parser has left it", async () => {
    await expect(readJsonBody(request([], {}, { content: "x" }))).resolves.toEqual({ content: "x" });
    await expect(readJsonBody(request([], {}, '{"content":"x"}'))).resolves.toEqual({ content: "x" });
    await expect(readJsonBody(request([], {}, Buffer.from('{"content":"x"}')))).resolves.toEqual({
      content: "x",
    });
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonp",
    "",
    "application/json; charset=utf-16",
  ])("of type %j is refused", async (type) => {
    await expect(readJsonBody(request(["{}"], { "content-type": type }))).rejects.toEqual(
      code("unsupported_media_type"),
    );
  });

  it.each(["application/json", "application/json; charset=utf-8", 'Application/JSON; charset="UTF-8"'])(
    "of type %j is accepted",
    async (type) => {
      await expect(readJsonBody(request(["{}"], { "content-type": type }))).resolves.toEqual({});
    },
  );

  it("is refused where it is compressed", async () => {
    await expect(readJsonBody(request(["{}"], { "content-encoding": "gzip" }))).rejects.toEqual(
      code("unsupported_media_type"),
    );
  });

  it("is refused by its announced length and by its true one", async () => {
    await expect(readJsonBody(request(["{}"], { "content-length": "70000" }))).rejects.toEqual(
      code("payload_too_large"),
    );
    const long = Array<string>(70).fill("x".repeat(1000));
    await expect(readJsonBody(request(long, {}))).rejects.toEqual(code("payload_too_large"));
  });

  it.each([
    ["invalid UTF-8", Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ["no JSON", Buffer.from("{")],
    ["nothing", Buffer.alloc(0)],
    ["10,000 arrays", Buffer.from("[".repeat(10_000))],
  ])("is refused where it is %s", (_what, bytes) => {
    expect(() => parseJson(bytes)).toThrow(code("invalid_request"));
  });

  it("says nothing of its content when it is refused", () => {
    const quoting = Buffer.from('{"content": secret-text');
    expect(() => parseJson(quoting)).toThrow(expect.objectContaining({ detail: "the body is not JSON" }));
    expect(() => parseJson(quoting)).toThrow(expect.not.objectContaining({ cause: expect.anything() }));
  });
});

describe("depth", () => {
  it("counts objects and arrays, not brackets in strings", () => {
    expect(isDeeperThan('{"a":[{"b":"[[[[{{{{\\"[["}]}', 3)).toBe(false);
    expect(isDeeperThan('{"a":[{"b":[]}]}', 3)).toBe(true);
  });
});
