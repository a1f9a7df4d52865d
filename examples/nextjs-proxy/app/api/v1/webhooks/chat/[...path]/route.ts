import { forwardToBff } from "../forward-to-bff.ts";

// The paths of Mailoo's own Next.js guide, `submit` and `messages`, and the others that the widget needs.
export const dynamic = "force-dynamic";

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

/** A route handler cannot take a WebSocket. Browsers connect to the BFF if it is public, or use long polls. */
async function withPublicSocket(answer: Response): Promise<Response> {
  const config = (await answer.json()) as { readonly realtime: object };
  const ws = process.env.MAILOO_CHAT_PUBLIC_SOCKET ?? null;
  const body = JSON.stringify({ ...config, realtime: { ...config.realtime, ws } });
  return new Response(body, { status: answer.status, headers: answer.headers });
}
