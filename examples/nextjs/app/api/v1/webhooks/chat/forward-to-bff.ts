/**
 * What of a browser's request the BFF reads. The rest stays here, the site's own cookies above all.
 *
 * `origin` and `sec-fetch-site` let the BFF judge the page; `x-forwarded-for` lets it limit visitors one by one (set its
 * `TRUST_PROXY` to 1, and to one more for every proxy in front of Next.js).
 */
const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "if-none-match",
  "mailoo-chat-since",
  "mailoo-chat-wait",
  "origin",
  "sec-fetch-site",
  "x-forwarded-for",
];

/** No `content-encoding`: `fetch` has undone it, and Next.js compresses by itself. */
const ANSWER_HEADERS = ["cache-control", "content-type", "etag", "retry-after", "vary", "x-request-id"];

/** Asks the BFF what the browser asked this site, and streams the answer back. Ends when the browser goes away. */
export async function forwardToBff(request: Request, path: string): Promise<Response> {
  const base = process.env.MAILOO_CHAT_BFF;
  if (!base) throw new Error("MAILOO_CHAT_BFF is not set: where is the BFF?");
  try {
    const answer = await fetch(`${base}/${path}${new URL(request.url).search}`, {
      method: request.method,
      headers: pick(request.headers, REQUEST_HEADERS),
      signal: request.signal,
      cache: "no-store",
      ...(request.body && { body: request.body, duplex: "half" }),
    });
    return new Response(answer.body, {
      status: answer.status,
      headers: pick(answer.headers, ANSWER_HEADERS),
    });
  } catch {
    return toUnreachable();
  }
}

function pick(headers: Headers, names: readonly string[]): Headers {
  const picked = new Headers();
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) picked.set(name, value);
  }
  return picked;
}

/** As the BFF says it where Mailoo is away: the widget keeps the message and tries again. */
function toUnreachable(): Response {
  const problem = {
    type: "about:blank",
    title: "The chat server cannot be reached",
    status: 503,
    code: "upstream_unavailable",
    retryAfter: 5,
    requestId: crypto.randomUUID(),
  };
  const headers = { "content-type": "application/problem+json", "retry-after": `${problem.retryAfter}` };
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}
