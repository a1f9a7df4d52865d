import { parseJson } from "../../lib/parse-json.ts";
import type { MailooFailure } from "../errors.ts";
import { type HttpAnswer, parseRetryAfter } from "../http.ts";
import { canonical, type Reading, toFields } from "./fields.ts";

/** A complete answer of the platform, parsed. */
type AnswerRead<T> =
  | { readonly kind: "understood"; readonly value: T }
  /** A success whose body is not understood. */
  | { readonly kind: "malformed"; readonly keysSeen: readonly string[] }
  | {
      readonly kind: "refused";
      readonly failure: MailooFailure;
      /** The platform's own code, if it looks like one. May still hold secrets. */
      readonly platformCode: string | null;
      /** It was JSON, so from the platform, and not a page of another server. */
      readonly isJson: boolean;
    };

interface AnswerReader<T> {
  /** The call named a session. */
  readonly namesSession: boolean;
  /** See `PlatformCall`. */
  readonly parse: (body: unknown) => Reading<T>;
}

export function readAnswer<T>(
  { status, retryAfter, text, truncated }: HttpAnswer,
  { namesSession, parse }: AnswerReader<T>,
  nowMs: number,
): AnswerRead<T> {
  const body = parseJson(text);
  const isJson = body !== undefined;

  if (status < 200 || status >= 300 || isErrorBody(body)) {
    const answer = { status, retryAfter, body, isPage: isPage(text), namesSession };
    return { kind: "refused", ...parseError(answer, nowMs), isJson };
  }
  const isEmpty = text.trim() === "" && !truncated;
  if (!isJson && !isEmpty) return { kind: "malformed", keysSeen: [] };
  const reading = parse(body);
  return reading.ok
    ? { kind: "understood", value: reading.value }
    : { kind: "malformed", keysSeen: reading.keysSeen };
}

/** HTML, or what Traefik and the ingress of Kubernetes answer if they know no backend. */
function isPage(text: string): boolean {
  return /^\s*<|^(default backend|404 page not found)/i.test(text);
}

/** Some platforms report errors with status 200. */
function isErrorBody(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return Object.entries(body).some(([key, value]) => value === false && SUCCESS_FIELDS.has(canonical(key)));
}

const SUCCESS_FIELDS: ReadonlySet<string> = new Set(["success", "ok"]);

interface ErrorAnswer {
  /** May be 2xx, if the body is an error. */
  readonly status: number;
  readonly retryAfter: string | null;
  /** Parsed JSON; undefined: not JSON. */
  readonly body: unknown;
  /** A page of a gateway in front of the platform. */
  readonly isPage: boolean;
  /** The call named a session, so that "not found" is about it. */
  readonly namesSession: boolean;
}

interface PlatformError {
  readonly failure: MailooFailure;
  /** The platform's own code, if it looks like one. For the log. */
  readonly platformCode: string | null;
}

/** What an error answer means. The status decides; the platform's code counts only if the status is ambiguous, its text never. */
export function parseError(answer: ErrorAnswer, nowMs: number): PlatformError {
  const platformCode = codeOf(answer.body);
  return { failure: toFailure(answer, platformCode, nowMs), platformCode };
}

function toFailure(answer: ErrorAnswer, platformCode: string | null, nowMs: number): MailooFailure {
  const { status, namesSession, isPage } = answer;
  const code = canonical(platformCode ?? "");
  if (status >= 500) return toServerError(answer, nowMs);
  // With 408, the server gave up reading; it may have read enough.
  if (status === 408) return { kind: "no-answer", timedOut: true };
  if (status === 429)
    return {
      kind: "rate-limited",
      retryAfterMs: parseRetryAfter(answer.retryAfter, nowMs, RETRY_AFTER_MAX_MS),
    };
  // While the platform is deployed, its ingress answers 404 to everything. That must not end all sessions.
  if (isPage && (status === 404 || status === 410)) return { kind: "server-error", status };
  // A firewall's page is about one visitor's text, not about the key or the origin.
  if (isPage && status === 403) return { kind: "refused", status };
  if (namesSession && isSessionClosed(status, code)) return { kind: "session-closed" };
  if (namesSession && isSessionUnknown(status, code)) return { kind: "session-unknown" };
  if (status === 401) return { kind: "unauthorised", status };
  // A missing scope concerns the key, not the origin.
  if (status === 403) return { kind: "unauthorised", status: /key|scope/.test(code) ? 401 : 403 };
  return { kind: "refused", status };
}

function toServerError({ status, body, retryAfter }: ErrorAnswer, nowMs: number): MailooFailure {
  const retryAfterMs = parseRetryAfter(retryAfter, nowMs, RETRY_AFTER_MAX_MS);
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
  // A 404 about the project or the integration is a wrong configuration, not a lost session.
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

/** The platform may not stop the chat for longer than this. */
export const RETRY_AFTER_MAX_MS = 5 * 60_000;
