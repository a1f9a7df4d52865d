import type { ChatConfig, ChatMessage, SessionRequest, SubmitRequest } from "@mailoo-chat/protocol";

export const BASE_URL = "https://chat.example.com/api/v1/webhooks/chat";
export const SOCKET_URL = "wss://chat.example.com/api/v1/webhooks/chat/ws";

/** The outcome of one submit. `lost`: it reaches the platform, but the response is lost. `refuse`: it never arrives. */
export type SubmitOutcome =
  | "accept"
  | "lost"
  | "refuse"
  | {
      readonly status: number;
      readonly code: string;
      readonly retryAfter?: number;
      readonly challenge?: unknown;
    };

export interface FakeAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The server's end of a socket. */
export interface FakePeer {
  send(text: string): void;
  close(code: number): void;
}

/**
 * A BFF and its platform, as a browser sees them, with fault switches. It is reached through a
 * network: `serveByMsw()` or `createFakeNetwork()`.
 */
export interface FakeBff {
  config: ChatConfig;
  /** `refuse` fails the upgrade, `hang` never becomes ready, `cut` closes before `ready`, `flap` right after it. */
  sockets: "accept" | "refuse" | "hang" | "cut" | "flap";
  /** `cut` fails long polls and lets plain polls through. */
  polls: "answer" | "fail" | "cut";
  /** Everything fails, sockets included. */
  down: boolean;
  /** The code with which sockets are closed instead of becoming ready; null for none. */
  greeting: number | null;
  /** Refuses tokens, as after a change of the secret. */
  refusesTokens: boolean;
  hasConfig: boolean;
  /** The page's origin is not listed. */
  refusesOrigin: boolean;
  /** Outcomes of the next submits, in order; later submits are accepted. */
  readonly submitOutcomes: SubmitOutcome[];
  /** Whether messages name their `clientMessageId`, as they do not after a restart of the BFF. */
  namesClientMessageIds: boolean;
  /** The interval between the `createdAt` of consecutive messages. */
  clockStepMs: number;
  /** Refuses cursors, as after a change of their format. */
  refusesCursors: boolean;
  /** The maximum number of messages per page. */
  pageSize: number;
  /** The visitor fields known from the site or an identity token. */
  vouched: { readonly name?: string; readonly email?: string };
  /** The platform's messages, in order of arrival. */
  readonly messages: readonly ChatMessage[];
  /** The requests received, as `POST /submit` or `WS`. */
  readonly requests: readonly string[];
  readonly submits: readonly SubmitRequest[];
  readonly sessions: ReadonlyMap<string, string>;
  /** By signed-in visitor: `identity-ada` is a token of `ada`. Kept if the configuration has `visitorSessions`. */
  readonly visitorSessions: Map<string, string>;
  /** The visitor that the BFF's application recognises. */
  signedIn: string | null;
  /** Fails look-ups, as while the session records are unavailable. */
  recallFails: boolean;
  /** The bodies of `POST /session`, with the session of its token. */
  readonly recalls: readonly (SessionRequest & { readonly held: string | undefined })[];
  readonly openSockets: number;
  /** The owner writes in the newest session. */
  reply(content: string, fields?: Partial<ChatMessage>): ChatMessage;
  replyIn(sessionPublicId: string, content: string): ChatMessage;
  push(frame: object): void;
  /** Closes all sockets. */
  drop(code: number): void;

  answer(request: FakeRequest): Promise<FakeAnswer | null>;
  connect(peer: FakePeer): { onText(text: string): void; onGone(): void };
}

export interface FakeRequest {
  readonly route: string;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal;
}

export function createFakeBff(): FakeBff {
  /** By session. */
  const peers = new Map<FakePeer, string>();
  const held = new Map<() => void, string>();
  const messages: ChatMessage[] = [];
  const sessionsOf = new Map<ChatMessage, string>();
  const requests: string[] = [];
  const submits: SubmitRequest[] = [];
  const sessions = new Map<string, string>();
  const visitorSessions = new Map<string, string>();
  const owners = new Map<string, string>();
  const recalls: (SessionRequest & { held: string | undefined })[] = [];
  const claims = new Map<string, ChatMessage>();
  let platformClockMs = Date.parse("2026-03-01T10:00:00.000Z");

  function toWire(message: ChatMessage): ChatMessage {
    const { clientMessageId, ...rest } = message;
    return bff.namesClientMessageIds && clientMessageId ? { ...rest, clientMessageId } : rest;
  }

  const listOf = (session: string) => messages.filter((message) => sessionsOf.get(message) === session);

  function pageSince(session: string, since: string | null | undefined) {
    const list = listOf(session);
    let begin = Math.max(0, list.length - bff.pageSize);
    if (since?.startsWith("c1.")) begin = Number(since.slice(3));
    else if (since) {
      const first = list.findIndex(({ createdAt }) => createdAt > since);
      begin = first < 0 ? list.length : first;
    }
    const end = Math.min(list.length, begin + bff.pageSize);
    return {
      messages: list.slice(begin, end).map(toWire),
      cursor: `c1.${end}`,
      more: end < list.length,
      truncated: !since && begin > 0,
    };
  }

  function add(
    session: string,
    fields: Pick<ChatMessage, "author" | "content"> & Partial<ChatMessage>,
  ): ChatMessage {
    platformClockMs += bff.clockStepMs;
    const createdAt = new Date(platformClockMs).toISOString();
    const message = { id: `m${messages.length + 1}`, createdAt, ...fields };
    messages.push(message);
    sessionsOf.set(message, session);
    const frame = { type: "message", message: toWire(message), cursor: `c1.${listOf(session).length}` };
    for (const [peer, reads] of peers) if (reads === session) peer.send(JSON.stringify(frame));
    for (const [answer, reads] of [...held]) if (reads === session) answer();
    return message;
  }

  async function answerPage({ headers, signal }: FakeRequest): Promise<FakeAnswer | null> {
    const session = toSession(headers.get("Authorization"));
    if (!session || bff.refusesTokens) return problem(401, "session_token_invalid");
    const since = headers.get("Mailoo-Chat-Since");
    if (since && bff.refusesCursors) return problem(400, "invalid_request");
    const waitMs = Number(headers.get("Mailoo-Chat-Wait")) * 1000;
    if (bff.polls === "fail" || (waitMs && bff.polls === "cut")) return null;
    if (waitMs && pageSince(session, since).messages.length === 0) {
      await new Promise<void>((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          held.delete(settle);
          resolve();
        };
        const timer = setTimeout(settle, waitMs);
        held.set(settle, session);
        signal.addEventListener("abort", settle);
      });
    }
    return bff.down ? null : { status: 200, body: pageSince(session, since) };
  }

  const toGrant = (sessionPublicId: string) => ({
    sessionPublicId,
    token: `token-${sessionPublicId}`,
    expiresAt: "2027-01-01T00:00:00Z",
  });

  function toVisitor(token: string | undefined): string | null {
    return token ? (/^identity-([a-z]+)/.exec(token)?.[1] ?? null) : bff.signedIn;
  }

  function answerSession({ headers, body }: FakeRequest): FakeAnswer | null {
    const request = JSON.parse(body) as SessionRequest;
    const held = toSession(headers.get("Authorization"));
    recalls.push({ ...request, held });
    if (bff.recallFails) return problem(503, "upstream_unavailable");
    if (request.visitor?.token === "expired") return problem(401, "identity_invalid");
    const visitor = toVisitor(request.visitor?.token);
    if (!visitor) return { status: 200, body: { session: null, visitor: null } };
    const known = visitorSessions.get(visitor);
    if (request.leave && held && held === known) {
      visitorSessions.delete(visitor);
      owners.set(held, "nobody");
    } else if (!known && held && (owners.get(held) ?? visitor) === visitor) {
      visitorSessions.set(visitor, held);
      owners.set(held, visitor);
    }
    const session = visitorSessions.get(visitor);
    return {
      status: 200,
      body: { session: session ? toGrant(session) : null, visitor: `hash-of-${visitor}` },
    };
  }

  function answerSubmit({ headers, body }: FakeRequest): FakeAnswer | null {
    const submit = JSON.parse(body) as SubmitRequest;
    submits.push(submit);
    const outcome = bff.submitOutcomes.shift() ?? "accept";
    if (outcome === "refuse") return null;
    if (typeof outcome === "object") return problem(outcome.status, outcome.code, outcome);
    const { content, clientMessageId = "", visitorKey = "", visitor } = submit;
    if (bff.refusesTokens && headers.has("Authorization")) return problem(401, "session_token_invalid");
    const bearer = toSession(headers.get("Authorization"));
    const knownFields = { ...visitor, ...bff.vouched };
    const fields = bff.config.preChat.fields
      .filter(({ name, required }) => required && !knownFields[name])
      .map(({ name }) => name);
    if (!bearer && fields.length > 0) return problem(400, "invalid_request", { fields });
    const signedIn = bff.config.visitorSessions ? toVisitor(visitor?.token) : null;
    if (bearer && signedIn && (owners.get(bearer) ?? signedIn) !== signedIn)
      return problem(404, "session_not_found");
    const sessionPublicId =
      bearer ?? visitorSessions.get(signedIn ?? "") ?? sessions.get(visitorKey) ?? `s${sessions.size + 1}`;
    if (!bearer) sessions.set(visitorKey, sessionPublicId);
    if (signedIn) {
      if (!visitorSessions.has(signedIn)) visitorSessions.set(signedIn, sessionPublicId);
      owners.set(sessionPublicId, signedIn);
    }
    const known = claims.get(clientMessageId);
    const message = known ?? add(sessionPublicId, { author: "visitor", content, clientMessageId });
    claims.set(clientMessageId, message);
    if (outcome === "lost") return null;
    return { status: known ? 200 : 201, body: { message, session: toGrant(sessionPublicId) } };
  }

  const bff: FakeBff = {
    config: {
      welcomeMessage: "Welcome",
      status: "online",
      realtime: { ws: SOCKET_URL.replace("wss", "https"), longPollSeconds: 25 },
      limits: { contentMax: 4000 },
      preChat: { fields: [] },
      consent: null,
      challenge: null,
    },
    sockets: "accept",
    polls: "answer",
    down: false,
    greeting: null,
    refusesTokens: false,
    hasConfig: true,
    refusesOrigin: false,
    submitOutcomes: [],
    namesClientMessageIds: true,
    clockStepMs: 1000,
    refusesCursors: false,
    pageSize: 200,
    vouched: {},
    messages,
    requests,
    submits,
    sessions,
    visitorSessions,
    signedIn: null,
    recallFails: false,
    recalls,
    get openSockets() {
      return peers.size;
    },
    reply: (content, fields) => add(`s${sessions.size}`, { author: "owner", content, ...fields }),
    replyIn: (session, content) => add(session, { author: "owner", content }),
    push(frame) {
      for (const peer of peers.keys()) peer.send(JSON.stringify(frame));
    },
    drop(code) {
      for (const peer of [...peers.keys()]) {
        peers.delete(peer);
        peer.close(code);
      }
    },
    async answer(request) {
      requests.push(request.route);
      if (bff.down) return null;
      if (bff.refusesOrigin) return problem(403, "origin_not_allowed");
      switch (request.route) {
        case "GET /config":
          return bff.hasConfig ? { status: 200, body: bff.config } : null;
        case "GET /messages":
          return answerPage(request);
        case "POST /session":
          return answerSession(request);
        case "POST /submit":
          return answerSubmit(request);
        default:
          return problem(404, "not_found");
      }
    },
    connect(peer) {
      requests.push("WS");
      return {
        onText(text) {
          const frame = JSON.parse(text) as { type: string; token?: string; since?: string };
          if (frame.type !== "hello" || bff.sockets === "hang") return;
          if (bff.sockets === "cut") return peer.close(1011);
          if (bff.greeting) return peer.close(bff.greeting);
          const session = toSession(frame.token);
          if (!session) return peer.close(4401);
          const ready = {
            type: "ready",
            ...pageSince(session, frame.since),
            heartbeatMs: 20_000,
            upstream: "ok",
          };
          peer.send(JSON.stringify(ready));
          if (bff.sockets === "flap") return peer.close(1011);
          peers.set(peer, session);
        },
        onGone() {
          peers.delete(peer);
        },
      };
    },
  };
  return bff;
}

/** The session that a token grants access to: `token-s1`, or its renewed form `token-s1-fresh`. */
function toSession(token: string | null | undefined): string | undefined {
  return /token-(s\d+)/.exec(token ?? "")?.[1];
}

function problem(status: number, code: string, fields: object = {}): FakeAnswer {
  return { status, body: { type: "about:blank", title: code, requestId: "r1", ...fields, status, code } };
}
