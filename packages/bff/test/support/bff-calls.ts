import { randomBytes } from "node:crypto";
import type { MessagePage, Problem, SubmitResponse } from "@mailoo-chat/protocol";
import {
  chatConfigSchema,
  messagePageSchema,
  problemSchema,
  submitResponseSchema,
} from "@mailoo-chat/protocol/schemas";
import { type BrowserSocket, type OpenSocketOptions, openBrowserSocket } from "./browser-socket.ts";

/** An answer, parsed by the protocol's own schemas. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Speaks to a BFF as a page at one origin does. */
export interface BffCalls {
  /** Any request, with the page's `Origin`. `path` is relative to the base path. */
  request(path: string, init?: RequestInit): Promise<Response>;
  submit(body: object, token?: string): Promise<Answer<SubmitResponse>>;
  messages(token: string, query?: Record<string, string>, init?: RequestInit): Promise<Answer<MessagePage>>;
  chatConfig(): Promise<Answer<unknown>>;
  /** A request that is to fail, and its problem. */
  problem(path: string, init?: RequestInit): Promise<Answer<Problem>>;
  /** The problem that a submit fails with. */
  submitProblem(body: unknown, token?: string): Promise<Answer<Problem>>;
  socket(options?: OpenSocketOptions): BrowserSocket;
}

export function createBffCalls(base: string, origin: string): BffCalls {
  const request = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("Origin")) headers.set("Origin", origin);
    return fetch(`${base}${path}`, { ...init, headers });
  };

  const problem = async (path: string, init?: RequestInit) =>
    readAnswer(await request(path, init), (body) => problemSchema.parse(body) as Problem);

  return {
    request,
    problem,
    submit: async (body, token) =>
      readAnswer(
        await request("/submit", submitInit(body, token)),
        (answer) => submitResponseSchema.parse(answer) as SubmitResponse,
      ),
    submitProblem: (body, token) => problem("/submit", submitInit(body, token)),
    messages: async (token, query = {}, init = {}) =>
      readAnswer(
        await request(`/messages?${new URLSearchParams(query)}`, { ...init, headers: bearer(token) }),
        (answer) => messagePageSchema.parse(answer) as MessagePage,
      ),
    chatConfig: async () => readAnswer(await request("/config"), (answer) => chatConfigSchema.parse(answer)),
    socket: (options) => openBrowserSocket(`${base.replace(/^http/, "ws")}/ws`, { origin, ...options }),
  };
}

export function submitInit(body: unknown, token?: string): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token !== undefined && bearer(token)) },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

export function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

export function makeVisitorKey(): string {
  return randomBytes(24).toString("base64url");
}

async function readAnswer<Body>(response: Response, parse: (body: unknown) => Body): Promise<Answer<Body>> {
  const text = await response.text();
  try {
    return { status: response.status, headers: response.headers, body: parse(JSON.parse(text)) };
  } catch (cause) {
    throw new Error(`not the expected answer: ${response.status} ${text}`, { cause });
  }
}
