import type { Response } from "express";

/**
 * The canary of the `echoKey` switch: a platform that shows the caller's API key where no key belongs, so that a test
 * can prove that whoever stands between it and the browser passes none of it on.
 */
export interface KeyEcho {
  /** The key seen last, by any route. */
  readonly last: string;
  saw(key: string | undefined): void;
  /** The same JSON with the key in it; an array gets one more item. */
  stain(body: unknown): unknown;
  stainHeaders(response: Response): void;
}

export function createKeyEcho(): KeyEcho {
  let last = "";
  return {
    get last() {
      return last;
    },
    saw(key) {
      if (key !== undefined) last = key;
    },
    stain(body) {
      if (Array.isArray(body)) return [...body, { apiKey: last }];
      if (typeof body !== "object" || body === null) return body;
      return { ...body, apiKey: last, debug: { headers: { "x-api-key": last } } };
    },
    stainHeaders(response) {
      response.set({
        "X-API-Key": last,
        "X-Debug": `key=${last}`,
        Location: `/login?key=${encodeURIComponent(last)}`,
        "WWW-Authenticate": `ApiKey realm="${last}"`,
      });
    },
  };
}
