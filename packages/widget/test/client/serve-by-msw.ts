import { HttpResponse, http, ws } from "msw";
import { setupServer } from "msw/node";
import { BASE_URL, type FakeBff, SOCKET_URL } from "./fake-bff.ts";

/** Serves the BFF to the global `fetch` and `WebSocket`. */
export function serveByMsw(bff: FakeBff): Disposable {
  const server = setupServer(
    http.all(`${BASE_URL}/*`, async ({ request }) => {
      const answer = await bff.answer({
        route: `${request.method} ${new URL(request.url).pathname.slice(new URL(BASE_URL).pathname.length)}`,
        headers: request.headers,
        body: await request.text(),
        signal: request.signal,
      });
      return answer
        ? HttpResponse.json(answer.body as object, { status: answer.status })
        : HttpResponse.error();
    }),
    ws.link(SOCKET_URL).addEventListener("connection", ({ client }) => {
      const peer = bff.connect({
        send: (text) => client.send(text),
        close: (code) => client.close(code),
      });
      client.addEventListener("message", ({ data }) => peer.onText(String(data)));
      client.addEventListener("close", () => peer.onGone());
    }),
  );
  server.listen({ onUnhandledFrame: "error" });
  return { [Symbol.dispose]: () => server.close() };
}
