import type { MailooFailure } from "./errors.ts";
import type { HttpAnswer } from "./http.ts";
import { toFields } from "./parse/fields.ts";
import { parseError, parseRetryAfter } from "./parse/parse-error.ts";
import type { Reading } from "./parse/reading.ts";

/** What a complete answer of the platform means. */
export type AnswerRead<T> =
  | { readonly kind: "understood"; readonly value: T }
  /** A success that makes no sense. */
  | { readonly kind: "malformed"; readonly keysSeen: readonly string[] }
  | {
      readonly kind: "refused";
      readonly failure: MailooFailure;
      /** When the platform wants to be asked again. */
      readonly retryAfterMs: number | null;
      /** The platform's own code, if it looks like one. Not yet cleaned of secrets. */
      readonly platformCode: string | null;
      /** It was JSON: this is the platform, and not some other server's page. */
      readonly isJson: boolean;
    };

export interface AnswerReader<T> {
  /** The call named a session. */
  readonly namesSession: boolean;
  /** Makes sense of a 2xx answer's JSON; undefined stands for an empty body. */
  readonly parse: (body: unknown) => Reading<T>;
}

export function readAnswer<T>(answer: HttpAnswer, reader: AnswerReader<T>, nowMs: number): AnswerRead<T> {
  const { status, text, truncated } = answer;
  const body = parseJson(text);
  const isJson = body !== undefined;

  if (status < 200 || status >= 300 || saysNo(body)) {
    const retryAfter = answer.header("retry-after");
    const { namesSession } = reader;
    const { failure, platformCode } = parseError(
      { status, retryAfter, body, isPage: isPage(text), namesSession },
      nowMs,
    );
    return {
      kind: "refused",
      failure,
      platformCode,
      isJson,
      retryAfterMs: parseRetryAfter(retryAfter, nowMs),
    };
  }
  const isEmpty = text.trim() === "" && !truncated;
  if (!isJson && !isEmpty) return { kind: "malformed", keysSeen: [] };
  const reading = reader.parse(body);
  return reading.ok
    ? { kind: "understood", value: reading.value }
    : { kind: "malformed", keysSeen: reading.keysSeen };
}

/** HTML, or what Traefik and the ingress of Kubernetes say where they know of no platform. */
function isPage(text: string): boolean {
  return /^\s*<|^(default backend|404 page not found)/i.test(text);
}

/** Some platforms answer 200 and mean no. */
function saysNo(body: unknown): boolean {
  const fields = toFields(body);
  return fields !== null && (fields.get("success") === false || fields.get("ok") === false);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
