import { broken, HOLDS, type Probe, refusedWith, skipped, type Verdict } from "./probe.ts";
import type { ProbeContext } from "./probe-context.ts";
import { findList, findSessionId, mentions, readAuthor, readContent, readTimeMs } from "./read-answer.ts";

/** An origin that nobody can have (RFC 2606). */
const FOREIGN_ORIGIN = "https://not-allowed.invalid";

/** The public API with `X-API-Key`. */
export const WEBHOOK_PROBES: readonly Probe[] = [
  {
    id: "send-opens-session",
    behaviour: "The first message opens a session and answers its sessionPublicId",
    async run(context) {
      const { status, body } = await context.send(context.uniqueText("first message"));
      if (status < 200 || status > 299) return broken(`answered ${status}`);
      return findSessionId(body) === null ? broken("no session id in the answer") : HOLDS;
    },
  },
  {
    id: "send-continues-session",
    behaviour: "A message with sessionPublicId goes into that session",
    async run(context) {
      const session = await context.session();
      const text = context.uniqueText("second message");
      const { status, body } = await context.send(text, session);
      if (status < 200 || status > 299) return broken(`answered ${status}`);
      const answered = findSessionId(body);
      if (answered !== null && answered !== session) return broken("the answer names another session");
      const listed = await listMessages(context, session);
      return listed.some((message) => readContent(message) === text)
        ? HOLDS
        : broken("it is not in the history");
    },
  },
  {
    id: "list-tells-author-and-time",
    behaviour: "A listed message has a text, a time and an author that can be told",
    async run(context) {
      const session = await context.session();
      const [message] = await listMessages(context, session);
      if (message === undefined) return broken("the history of a session with a message is empty");
      if (readContent(message) === null) return broken("no text in a message");
      if (readTimeMs(message) === null) return broken("no time in a message");
      return readAuthor(message) === "visitor"
        ? HOLDS
        : broken("the visitor's message is not marked as such");
    },
  },
  {
    id: "list-since",
    behaviour: "since leaves out older messages and keeps newer ones",
    run: probeSince,
  },
  {
    id: "list-unknown-session",
    behaviour: "The history of a session that does not exist is refused",
    async run(context) {
      const path = `${context.chatPath}/sessions/no-such-session-${Date.now()}/messages`;
      const { status, body } = await context.call("list of an unknown session", "GET", path);
      if (status === 200 && findList(body)?.length === 0)
        return { name: "holds", note: "200 with an empty list" };
      return refusedWith(status, 404, 400, 403);
    },
  },
  {
    id: "status",
    behaviour: "The status call answers",
    async run(context) {
      const { status, body } = await context.call("status", "GET", `${context.chatPath}/status`);
      if (status !== 200) return broken(`answered ${status}`);
      return body === undefined ? broken("the answer is no JSON") : HOLDS;
    },
  },
  {
    id: "legacy-send",
    behaviour: "The legacy path takes a message by integration id alone",
    async run(context) {
      const path = `/api/v1/webhooks/messages/${encodeURIComponent(context.options.integrationId)}`;
      const json = { content: context.uniqueText("legacy path") };
      const { status } = await context.call("legacy send", "POST", path, { json });
      return status >= 200 && status < 300 ? HOLDS : broken(`answered ${status}`);
    },
  },
  {
    id: "key-required",
    behaviour: "Calls without an API key, or with a wrong one, are refused",
    async run(context) {
      const path = `${context.chatPath}/status`;
      const without = await context.call("status without a key", "GET", path, { key: null });
      const verdict = refusedWith(without.status, 401, 403);
      if (verdict.name !== "holds") return verdict;
      const wrong = await context.call("status with a wrong key", "GET", path, { key: "not-a-key" });
      return refusedWith(wrong.status, 401, 403);
    },
  },
  {
    id: "scope-send",
    behaviour: "A key without chat.send-message may not send",
    async run(context) {
      const { createOnlyKey } = context.options;
      if (createOnlyKey === null) return skipped("no --create-only-key was given");
      const json = { content: context.uniqueText("must be refused") };
      const path = `${context.chatPath}/messages`;
      const { status } = await context.call("send without the scope", "POST", path, {
        key: createOnlyKey,
        json,
      });
      return refusedWith(status, 403, 401);
    },
  },
  {
    id: "scope-create",
    behaviour: "A key without webhook.chat-integration-create may not make an integration",
    async run(context) {
      const { sendOnlyKey } = context.options;
      if (sendOnlyKey === null) return skipped("no --send-only-key was given");
      const json = { name: "Conformance check", config: {} };
      const { status } = await context.call("create without the scope", "POST", createPath(context), {
        key: sendOnlyKey,
        json,
      });
      return refusedWith(status, 403, 401);
    },
  },
  {
    id: "create-integration",
    behaviour: "An integration can be made, with a welcome message and allowed origins",
    async run(context) {
      if (!context.options.create) return skipped("--create was not given");
      const config = { welcomeMessage: "Hi!", allowedOrigins: [context.options.origin] };
      const { status } = await context.call("create integration", "POST", createPath(context), {
        json: { name: "Conformance check", config },
      });
      return status >= 200 && status < 300 ? HOLDS : broken(`answered ${status}`);
    },
  },
  {
    id: "origin-refused",
    behaviour: "A send from an origin that the integration does not allow is refused",
    async run(context) {
      const json = { content: context.uniqueText("foreign origin") };
      const path = `${context.chatPath}/messages`;
      const { status } = await context.call("send of a foreign origin", "POST", path, {
        origin: FOREIGN_ORIGIN,
        json,
      });
      if (status >= 200 && status < 300) return skipped("the integration seems to allow every origin");
      return refusedWith(status, 403, 400, 401);
    },
  },
  {
    id: "cors",
    behaviour: "A browser on an allowed origin gets CORS headers",
    async run(context) {
      const { headers } = await context.call("preflight", "OPTIONS", `${context.chatPath}/messages`, {
        key: null,
      });
      const allowed = headers.get("access-control-allow-origin");
      if (allowed === context.options.origin || allowed === "*") return HOLDS;
      return broken(allowed === null ? "no Access-Control-Allow-Origin" : "another origin is allowed");
    },
  },
];

async function listMessages(context: ProbeContext, session: string, since?: string) {
  const query = since === undefined ? "" : `?since=${encodeURIComponent(since)}`;
  const path = `${context.chatPath}/sessions/${encodeURIComponent(session)}/messages${query}`;
  const { status, body } = await context.call("list", "GET", path);
  const messages = findList(body);
  if (status !== 200 || messages === null)
    throw new Error(`the history was answered ${status}, without a list`);
  return messages;
}

/** Three messages at three times: listed since the second, the first is missing and the third is there. */
async function probeSince(context: ProbeContext): Promise<Verdict> {
  const { body } = await context.send(context.uniqueText("since: before"));
  const session = findSessionId(body);
  if (session === null) return broken("no session could be opened");
  const before = await newestTimeMs(context, session);
  const { text: second, timeMs } = await sendLater(context, session, "since: at", before);
  const { text: third } = await sendLater(context, session, "since: after", timeMs);

  const listed = await listMessages(context, session, new Date(timeMs).toISOString());
  if (!listed.some((message) => readContent(message) === third)) return broken("a newer message is missing");
  const older = listed.filter((message) => (readTimeMs(message) ?? 0) < timeMs);
  if (older.length > 0) return broken("an older message is listed");
  const inclusive = listed.some((message) => readContent(message) === second);
  return { name: "holds", note: inclusive ? "inclusive" : "exclusive" };
}

async function newestTimeMs(context: ProbeContext, session: string): Promise<number> {
  const listed = await listMessages(context, session);
  return Math.max(...listed.map((message) => readTimeMs(message) ?? 0));
}

/** Sends until the platform's clock has advanced, at most ten times. */
async function sendLater(context: ProbeContext, session: string, what: string, afterMs: number) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const text = context.uniqueText(what);
    await context.send(text, session);
    const sent = (await listMessages(context, session)).find((message) => mentions(message, text));
    const timeMs = sent === undefined ? null : readTimeMs(sent);
    if (timeMs === null) throw new Error("a message that was accepted is not listed with a time");
    if (timeMs > afterMs) return { text, timeMs };
  }
  throw new Error("ten messages in a row have one time: since cannot be tried");
}

function createPath({ options }: ProbeContext): string {
  return `/api/v1/webhooks/chat/${encodeURIComponent(options.projectUid)}/integrations`;
}
