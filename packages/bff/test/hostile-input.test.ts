import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { DEFAULT_BASE_PATH, SUBPROTOCOL } from "@mailoo-chat/protocol";
import { problemSchema } from "@mailoo-chat/protocol/schemas";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { bearer, makeVisitorKey, submitInit } from "./support/bff-calls.ts";
import { openRawConnection, sendRaw } from "./support/raw-http.ts";
import { SITE } from "./support/start-bff.ts";
import { startChat } from "./support/start-chat.ts";

const UNLIMITED = {
  MAILOO_CHAT_LIMIT_IP_REQUESTS: "0",
  MAILOO_CHAT_LIMIT_IP_NEW_SESSIONS: "0",
  MAILOO_CHAT_LIMIT_SESSION_SENDS: "0",
  MAILOO_CHAT_LIMIT_UPSTREAM_SENDS: "0",
};

const chat = await startChat(UNLIMITED);
const { bff } = chat;
afterAll(() => chat[Symbol.asyncDispose]());

// Whatever a test has sent: the process serves the next visitor.
afterEach(async () => {
  expect((await bff.submit({ content: "still there", visitorKey: makeVisitorKey() })).status).toBe(201);
});

const SUBMIT = `POST ${DEFAULT_BASE_PATH}/submit HTTP/1.1\r\nHost: bff\r\nOrigin: ${SITE}\r\nContent-Type: application/json\r\n`;
const UPGRADE = `Host: bff\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\nOrigin: ${SITE}\r\n`;

describe("a request that is not HTTP", () => {
  it.each([
    ["rubbish", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["two lengths", `${SUBMIT}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{"a"}`],
    ["a length and chunks", `${SUBMIT}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["bare line feeds", `POST ${DEFAULT_BASE_PATH}/submit HTTP/1.1\nHost: bff\nContent-Length: 2\n\n{}`],
    ["a header with a NUL", `${SUBMIT}X-Bad: a\0b\r\n\r\n`],
    ["a header folded over lines", `${SUBMIT}X-Bad: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
    ["a chunk of no size", `${SUBMIT}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`],
    ["headers over 16 KiB", `${SUBMIT}X-Long: ${"x".repeat(17_000)}\r\n\r\n`],
    [
      "a URL over 16 KiB",
      `GET ${DEFAULT_BASE_PATH}/status?${"x".repeat(17_000)} HTTP/1.1\r\nHost: bff\r\n\r\n`,
    ],
  ])("(%s) is answered 4xx in our own words and the connection ends", async (_what, bytes) => {
    const answer = await sendRaw(bff.url, bytes);
    const [, status, body = ""] = /^HTTP\/1\.1 (4\d\d) .*?\r\n\r\n(.*)$/s.exec(answer) ?? [];
    expect(problemSchema.parse(JSON.parse(body))).toMatchObject({
      code: "invalid_request",
      status: Number(status),
    });
  });

  it("(a body cut off in the middle) costs nothing but its connection", async () => {
    const { socket, ended } = await openRawConnection(bff.url);
    socket.write(`${SUBMIT}Content-Length: 100\r\n\r\n{"content":`);
    socket.end();
    await ended;
  });

  it("(a chunked body that exceeds 64 KiB) is payload_too_large, and ends", async () => {
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const answer = await sendRaw(bff.url, `${SUBMIT}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(6)}`);
    expect(answer).toContain("payload_too_large");
  });

  it.each([
    ["of another type", SUBMIT.replace("application/json", "text/plain")],
    ["in an unknown charset", SUBMIT.replace("application/json", "application/json; charset=klingon")],
    ["compressed", `${SUBMIT}Content-Encoding: gzip\r\n`],
  ])("(a body %s that goes on after its refusal) is unsupported_media_type", async (_what, head) => {
    const { socket, ended } = await openRawConnection(bff.url);
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.end(`${chunk.repeat(6)}0\r\n\r\n`);
    expect(await ended).toContain("unsupported_media_type");
  });
});

describe("requests on one connection", () => {
  it("are answered in turn, however their bodies are cut", async () => {
    const { socket, ended } = await openRawConnection(bff.url);
    const bodies = ["in one piece", "at once with the one before", "in two pieces", "in chunks"].map(
      (content) => JSON.stringify({ content, visitorKey: makeVisitorKey() }),
    );
    const [first = "", second = "", third = "", fourth = ""] = bodies;
    const withLength = (body: string) => `${SUBMIT}Content-Length: ${body.length}\r\n\r\n${body}`;
    socket.write(withLength(first) + withLength(second) + withLength(third).slice(0, -10));
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write(third.slice(-10));
    const chunks = `5\r\n${fourth.slice(0, 5)}\r\n${(fourth.length - 5).toString(16)}\r\n${fourth.slice(5)}\r\n0\r\n\r\n`;
    socket.write(`${SUBMIT}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`);
    const answers = await ended;
    expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      "201",
      "201",
      "201",
      "201",
    ]);
    expect([...answers.matchAll(/"content":"(.*?)"/g)].map(([, content]) => content)).toEqual(
      bodies.map((body) => (JSON.parse(body) as { content: string }).content),
    );
  });
});

describe("headers made to keep a parser busy", () => {
  // One such request used to cost 90 ms of CPU, so that a hundred of them stalled everybody for 9 s.
  const blanks = (count: number) => " ".repeat(count);
  it.each([
    ["Content-Type", `application/json; charset=${blanks(15_000)}x y`],
    ["Content-Type", `application/json;${blanks(15_000)}x`],
    ["X-Forwarded-For", `${",".repeat(15_000)}x`],
    ["Authorization", `Bearer${blanks(15_000)}x y`],
    ["If-None-Match", ",".repeat(15_000)],
    ["Accept-Encoding", ",;".repeat(7_500)],
  ])("(%s: %.30s…) are answered as fast as others", { timeout: 30_000 }, async (name, value) => {
    const head = `${SUBMIT.replace("Content-Type: application/json\r\n", name === "Content-Type" ? "" : "$&")}${name}: ${value}\r\n`;
    const request = `${head}Content-Length: 2\r\n\r\n{}`;
    const startedAtMs = performance.now();
    const answers = await sendRaw(
      bff.url,
      request.repeat(99) + request.replace("\r\n", "\r\nConnection: close\r\n"),
    );
    expect(answers.match(/HTTP\/1\.1 4\d\d/g)).toHaveLength(100);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});

describe("a body of 20 MB", () => {
  it("is answered payload_too_large while it is still being sent", async () => {
    const { status, body } = await bff.problem("/submit", submitInit("x".repeat(20_000_000)));
    expect([status, body.code]).toEqual([413, "payload_too_large"]);
  });

  it("to a route that takes none is answered too", async () => {
    const { status, body } = await bff.problem("/nope", submitInit("x".repeat(20_000_000)));
    expect([status, body.code]).toEqual([404, "not_found"]);
  });
});

describe("a request target that is not a URL", () => {
  it.each(["http://[", "http://[::1"])("(%s) is invalid_request", async (target) => {
    const answer = await sendRaw(bff.url, `GET ${target} HTTP/1.1\r\nHost: bff\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"invalid_request"');
  });
});

describe("a path", () => {
  it.each([
    `${DEFAULT_BASE_PATH}/../../../etc/passwd`,
    `${DEFAULT_BASE_PATH}/assets/..%2f..%2fpackage.json`,
    `${DEFAULT_BASE_PATH}/assets/%00`,
    `${DEFAULT_BASE_PATH}/%E0%A4%A`,
    "/__proto__",
    "/constructor",
    `${DEFAULT_BASE_PATH}/hasOwnProperty`,
    "//evil.test/status",
    "http://evil.test/status",
  ])("%s is not_found", async (path) => {
    const answer = await sendRaw(bff.url, `GET ${path} HTTP/1.1\r\nHost: bff\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain('"code":"not_found"');
  });
});

describe("a value", () => {
  it.each([
    ["a session id with line breaks", { sessionPublicId: "x\r\nX-Injected: 1" }, 401],
    ["a session id that climbs", { sessionPublicId: "../../../status" }, 401],
    ["an id of another alphabet", { clientMessageId: "ａ" }, 400],
    ["a nested list 10,000 deep", `{"content":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, 400],
    ["a number for text", { content: 1e308 }, 400],
    ["a text of lone surrogates", '{"content":"\\ud800"}', 400],
    ["a text with U+0000", '{"content":"a\\u0000b"}', 400],
    ["an attempt beyond all", { attempt: 1e308 }, 400],
    ["a visitor that is a list", { visitor: ["x"] }, 400],
  ])("(%s) is refused", async (_what, body, status) => {
    const sent = typeof body === "string" ? body : { content: "x", ...body };
    expect((await bff.submitProblem(sent)).status).toBe(status);
  });

  it("of invalid UTF-8 is invalid_request", async () => {
    const { status, body } = await bff.problem("/submit", {
      ...submitInit(""),
      body: Buffer.from([...Buffer.from('{"content":"'), 0xff, 0xfe, ...Buffer.from('"}')]),
    });
    expect([status, body.code]).toEqual([400, "invalid_request"]);
  });

  it("that is a session id of the platform's URL space never leaves its place", async () => {
    const token = (await bff.submit({ content: "x" })).body.session.token;
    for (const sessionPublicId of ["%2e%2e%2f", "a/b", "a?b=c", "a#b", "\u2028"]) {
      expect((await bff.submitProblem({ content: "x", sessionPublicId }, token)).body.code).toBe(
        "session_not_found",
      );
    }
  });
});

const openDescriptors = () => readdirSync("/proc/self/fd").length;

async function upgraded() {
  const connection = await openRawConnection(bff.url);
  const accepted = new Promise<void>((resolve) => connection.socket.once("data", () => resolve()));
  connection.socket.write(`GET ${DEFAULT_BASE_PATH}/ws HTTP/1.1\r\n${UPGRADE}\r\n`);
  await accepted;
  return connection;
}

describe("a WebSocket client", () => {
  const masked = (firstByte: number, payload: Buffer) => {
    const mask = randomBytes(4);
    const length =
      payload.length < 126
        ? [0x80 | payload.length]
        : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
    const body = payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0));
    return Buffer.concat([Buffer.from([firstByte, ...length]), mask, body]);
  };

  it.each<[string, Buffer]>([
    ["an unmasked frame", Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ["reserved bits", masked(0xf1, Buffer.from("{}"))],
    ["a reserved opcode", masked(0x83, Buffer.from("{}"))],
    ["text that is not UTF-8", masked(0x81, Buffer.from([0xff, 0xfe]))],
    ["a continuation of nothing", masked(0x80, Buffer.from("{}"))],
    ["a control frame of 126 bytes", masked(0x89, Buffer.alloc(126))],
    ["a frame that announces 2^62 bytes", Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0])],
    [
      "endless fragments",
      Buffer.concat([
        masked(0x01, Buffer.from("{")),
        ...Array<Buffer>(100).fill(masked(0x00, Buffer.from(" "))),
      ]),
    ],
    ["a flood of pings", Buffer.concat(Array<Buffer>(200).fill(masked(0x89, Buffer.alloc(0))))],
  ])("that sends %s loses its connection", async (_what, bytes) => {
    const { socket, ended } = await upgraded();
    socket.write(bytes);
    await ended;
  });

  it.each([
    ["another version", UPGRADE.replace("Version: 13", "Version: 7")],
    ["a key that is too short", UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "eA==")],
    ["no key", UPGRADE.replace(/Sec-WebSocket-Key.*\r\n/, "")],
    [
      "a compressed stream asked for by force",
      `${UPGRADE}Sec-WebSocket-Extensions: permessage-deflate; x=\r\n`,
    ],
  ])("with %s is answered, and never hangs", async (_what, headers) => {
    const { socket, ended } = await openRawConnection(bff.url);
    const answered = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
    socket.write(`GET ${DEFAULT_BASE_PATH}/ws HTTP/1.1\r\n${headers}\r\n`);
    expect(await answered).toMatch(/^HTTP\/1\.1 (400|426|101) /);
    socket.destroy();
    await ended;
  });
});

describe("a thousand upgrades", () => {
  it("cut in the middle, on good paths and bad, leave no descriptor behind", {
    timeout: 30_000,
  }, async () => {
    await bff.submit({ content: "warm" });
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const { socket, ended } = await openRawConnection(bff.url);
          const path = index % 2 === 0 ? `${DEFAULT_BASE_PATH}/ws` : "/other";
          const request = `GET ${path} HTTP/1.1\r\n${UPGRADE}\r\n`;
          socket.write(request.slice(0, index % 3 === 0 ? -20 : undefined));
          if (index % 5 === 0) socket.resetAndDestroy();
          else socket.destroy();
          await ended;
        }),
      );
    }
    await expect.poll(openDescriptors, { timeout: 10_000 }).toBeLessThan(before + 10);
  });
});

/** On a busy machine fewer cases are tried, rather than more time taken. */
const BOUNDED = { interruptAfterTimeLimit: 8_000 };

describe("random input", () => {
  const json = fc.json({ maxDepth: 4 });
  const key = fc.constantFrom(
    "content",
    "visitor",
    "name",
    "token",
    "__proto__",
    "constructor",
    "toString",
    "after",
  );
  const anything = fc.oneof(
    json,
    fc.object({ key, maxDepth: 3, withNullPrototype: true }).map((body) => JSON.stringify(body)),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc
      .record({
        content: fc.string(),
        clientMessageId: fc.string(),
        after: fc.string(),
        attempt: fc.double(),
      })
      .map((body) => JSON.stringify(body)),
  );

  it("to a route is answered by the contract", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("/submit", "/messages", "/config", "/status", "/ws", "/nope"),
        fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS"),
        fc.constantFrom("since", "since[]", "since[a]", "wait", "sessionPublicId", "__proto__"),
        anything,
        fc.oneof(
          fc.string({ maxLength: 40 }),
          fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
        ),
        async (path, method, name, body, query) => {
          const response = await bff.request(`${path}?${name}=${encodeURIComponent(query.toWellFormed())}`, {
            method,
            headers: {
              "Content-Type": "application/json",
              ...bearer(Buffer.from(query).toString("base64url") || "x"),
            },
            ...(method === "POST" || method === "PUT" ? { body } : {}),
          });
          expect(response.status).toBeLessThan(500);
          if (response.status >= 400) problemSchema.parse(await response.json());
          else await response.arrayBuffer();
        },
      ),
      { numRuns: 150, ...BOUNDED },
    );
  });

  it("as bytes on a connection is answered or dropped, and leaves nothing behind", {
    timeout: 30_000,
  }, async () => {
    const before = openDescriptors();
    const request = `${SUBMIT}Content-Length: 15\r\n\r\n{"content":"x"}`;
    const mangled = fc
      .array(fc.tuple(fc.nat(request.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
      .map((changes) => {
        const bytes = Buffer.from(request, "latin1");
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const noise = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    await fc.assert(
      fc.asyncProperty(fc.oneof(mangled, noise), async (bytes) => {
        const { socket, ended } = await openRawConnection(bff.url);
        socket.end(bytes);
        expect(await ended).toMatch(/^(HTTP\/1\.1 [1-4]\d\d |$)/);
      }),
      { numRuns: 150, ...BOUNDED },
    );
    await expect.poll(openDescriptors, { timeout: 10_000 }).toBeLessThan(before + 10);
  });

  it("as frames on a socket is ignored or closes it, and leaves nothing behind", {
    timeout: 30_000,
  }, async () => {
    const before = openDescriptors();
    const frame = fc
      .record({
        firstByte: fc.nat(255),
        mask: fc.boolean(),
        // What a length may claim need not be what follows.
        claimed: fc.option(fc.nat(127), { nil: undefined }),
        payload: fc.uint8Array({ maxLength: 125 }),
      })
      .map(({ firstByte, mask, claimed, payload }) =>
        Buffer.from([
          firstByte,
          (mask ? 0x80 : 0) | (claimed ?? payload.length),
          ...(mask ? [0, 0, 0, 0] : []),
          ...payload,
        ]),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), async (frames) => {
        const { socket, ended } = await upgraded();
        socket.end(Buffer.concat(frames));
        await ended;
      }),
      { numRuns: 150, ...BOUNDED },
    );
    await expect.poll(openDescriptors, { timeout: 10_000 }).toBeLessThan(before + 10);
  });

  it("in a frame closes the socket by the contract, or is ignored", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const socket = bff.socket();
        await socket.opened();
        socket.raw.send(text);
        socket.raw.send("{");
        expect([4400, 4401, 4404]).toContain(await socket.closed());
      }),
      { numRuns: 50, ...BOUNDED },
    );
  });
});
