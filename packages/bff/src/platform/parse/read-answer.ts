import { parseJson } from "../../lib/parse-json.ts";
import type { MailooFailure } from "../errors.ts";
import { type HttpAnswer, parseRetryAfter } from "../http.ts";
import { canonical, type Reading, toFields } from "./fields.ts";

/** The platform has refused the call. */
export interface Refusal {
  readonly failure: MailooFailure;
  /** The platform's own code, if it looks like one. For the log. May still hold secrets. */
  readonly platformCode: string | null;
  /** The body was JSON, so it is from the platform, not a page of another server. */
  readonly isJson: boolean;
}

interface AnswerReader<T> {
  /** The call named a session, so that "not found" is about it. */
  readonly namesSession: boolean;
  /** See `PlatformCall`. */
  readonly parse: (body: unknown) => Reading<T>;
}

/** Parses a complete answer of the platform. */
export function readAnswer<T>(
  answer: HttpAnswer,
  { namesSession, parse }: AnswerReader<T>,
  nowMs: number,
): Reading<T> | Refusal {
  const { status, text, truncated } = answer;
  const body = parseJson(text);
  const isJson = body !== undefined;

  if (status < 200 || status >= 300 || isErrorBody(body)) {
    const platformCode = codeOf(body);
    const code = canonical(platformCode ?? "");
    return { failure: toFailure(answer, { body, code, namesSession }, nowMs), platformCode, isJson };
  }
  const isEmpty = text.trim() === "" && !truncated;
  return isJson || isEmpty ? parse(body) : { ok: false, keysSeen: [] };
}

/** HTML, or the answer of Traefik or a Kubernetes ingress without a backend. */
function isPage(text: string): boolean {
  return /^\s*<|^(default backend|404 page not found)/i.test(text);
}

/** Some platforms report errors with status 200. */
function isErrorBody(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return Object.entries(body).some(([key, value]) => value === false && SUCCESS_FIELDS.has(canonical(key)));
}

const SUCCESS_FIELDS: ReadonlySet<string> = new Set(["success", "ok"]);

interface ParsedError {
  readonly body: unknown;
  /** The platform's own code in canonical form; empty: none. */
  readonly code: string;
  readonly namesSession: boolean;
}

/**
 * What an error answer means. The status decides; the platform's code counts only if the status is ambiguous, its text
 * never.
 */
function toFailure(answer: HttpAnswer, error: ParsedError, nowMs: number): MailooFailure {
  const { status } = answer;
  const { body, code, namesSession } = error;
  const retryAfterMs = parseRetryAfter(answer.retryAfter, nowMs, RETRY_AFTER_MAX_MS);
  if (status >= 500) return toServerError(status, body, retryAfterMs);
  // With 408, the server stopped reading, but may have received the request.
  if (status === 408) return { kind: "no-answer", timedOut: true };
  if (status === 429) return { kind: "rate-limited", retryAfterMs };
  const fromGateway = isPage(answer.text);
  // While the platform is deployed, its ingress answers 404 to everything. That must not end all sessions.
  if (fromGateway && (status === 404 || status === 410)) return { kind: "server-error", status };
  // A firewall's page concerns one visitor's text, not the key or the origin.
  if (fromGateway && status === 403) return { kind: "refused", status };
  if (namesSession && isSessionClosed(status, code)) return { kind: "session-closed" };
  if (namesSession && isSessionUnknown(status, code)) return { kind: "session-unknown" };
  if (status === 401) return { kind: "unauthorised", status };
  // A missing scope concerns the key, not the origin.
  if (status === 403) return { kind: "unauthorised", status: /key|scope/.test(code) ? 401 : 403 };
  return { kind: "refused", status };
}

function toServerError(status: number, body: unknown, retryAfterMs: number | null): MailooFailure {
  return {
    kind: "server-error",
    status,
    ...(status === 500 && toFields(body) !== null && { fromPlatform: true }),
    ...(retryAfterMs !== null && { retryAfterMs }),
  };
}

/** With any status: platforms use 400, 403, 409, 410, 422 or 423. */
function isSessionClosed(status: number, code: string): boolean {
  return (
    status !== 401 && /session|conversation|chat/.test(code) && /closed|ended|archived|resolved/.test(code)
  );
}

function isSessionUnknown(status: number, code: string): boolean {
  if (status === 410) return true;
  // A 404 for the project or the integration means a wrong configuration, not a lost session.
  if (status === 404) return !/project|integration|route/.test(code);
  return status !== 401 && /session/.test(code) && /notfound|unknown|nosuch|invalid|expired/.test(code);
}

function codeOf(body: unknown): string | null {
  const fields = toFields(body);
  if (fields === null) return null;
  const error = toFields(fields.get("error"));
  const found = [
    fields.get("code"),
    fields.get("errorcode"),
    error?.get("code"),
    error?.get("type"),
    fields.get("error"),
    fields.get("type"),
  ].find((value) => typeof value === "string" && CODE.test(value));
  return typeof found === "string" ? found : null;
}

const CODE = /^[A-Za-z][A-Za-z0-9_.-]{1,63}$/;

/** The maximum time for which the platform can pause the chat. */
export const RETRY_AFTER_MAX_MS = 5 * 60_000;
