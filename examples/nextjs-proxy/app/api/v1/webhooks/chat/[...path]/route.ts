// The paths of Mailoo's Next.js guide, `submit` and `messages`, and the other paths that the widget needs.

/**
 * The request headers that the BFF reads. The site's cookies stay here.
 *
 * `x-forwarded-for` lets the BFF limit visitors one by one. Next.js passes it on as it is, so the BFF's `TRUST_PROXY` is
 * the number of proxies in front of Next.js, and at least 1.
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

/** No `content-encoding`: `fetch` has decoded the body, and Next.js compresses it. */
const ANSWER_HEADERS = ["cache-control", "content-type", "etag", "retry-after", "vary", "x-request-id"];

interface Context {
  readonly params: Promise<{ readonly path: readonly string[] }>;
}

export async function GET(request: Request, context: Context): Promise<Response> {
  const path = await toPath(context);
  const answer = await forwardToBff(request, path);
  return path === "config" && answer.ok ? withPublicSocket(answer) : answer;
}

export async function POST(request: Request, context: Context): Promise<Response> {
  return forwardToBff(request, await toPath(context));
}

async function toPath({ params }: Context): Promise<string> {
  const { path } = await params;
  return path.map(encodeURIComponent).join("/");
}

/** A route handler cannot accept a WebSocket. Browsers connect to the BFF if it is public, or use long polls. */
async function withPublicSocket(answer: Response): Promise<Response> {
  const config = (await answer.json()) as { readonly realtime: object };
  const ws = process.env.MAILOO_CHAT_PUBLIC_SOCKET ?? null;
  const body = JSON.stringify({ ...config, realtime: { ...config.realtime, ws } });
  return new Response(body, { status: answer.status, headers: answer.headers });
}

/** Forwards a request to the BFF and streams the response back. Aborts when the browser disconnects. */
async function forwardToBff(request: Request, path: string): Promise<Response> {
  const base = process.env.MAILOO_CHAT_BFF;
  if (!base) throw new Error("MAILOO_CHAT_BFF is not set: set it to the BFF's base URL");
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

/** The BFF's error for an unavailable platform: the widget keeps the message and retries later. */
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
