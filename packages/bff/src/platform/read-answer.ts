import type { MailooFailure } from "./errors.ts";
import type { HttpAnswer } from "./http.ts";
import { canonical } from "./parse/fields.ts";
import { parseError } from "./parse/parse-error.ts";
import type { Reading } from "./parse/reading.ts";

/** A complete answer of the platform, parsed. */
export type AnswerRead<T> =
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

export interface AnswerReader<T> {
  /** The call named a session. */
  readonly namesSession: boolean;
  /** Parses the JSON of a 2xx answer; undefined: the body was empty. */
  readonly parse: (body: unknown) => Reading<T>;
}

export function readAnswer<T>(answer: HttpAnswer, reader: AnswerReader<T>, nowMs: number): AnswerRead<T> {
  const { status, text, truncated } = answer;
  const body = parseJson(text);
  const isJson = body !== undefined;

  if (status < 200 || status >= 300 || isErrorBody(body)) {
    const retryAfter = answer.header("retry-after");
    const { namesSession } = reader;
    const { failure, platformCode } = parseError(
      { status, retryAfter, body, isPage: isPage(text), namesSession },
      nowMs,
    );
    return { kind: "refused", failure, platformCode, isJson };
  }
  const isEmpty = text.trim() === "" && !truncated;
  if (!isJson && !isEmpty) return { kind: "malformed", keysSeen: [] };
  const reading = reader.parse(body);
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
