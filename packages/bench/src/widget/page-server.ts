import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The site: one page, with whatever chat its address asks for. */
export interface PageServer extends AsyncDisposable {
  urlOf(snippet: string): string;
}

export async function startPageServer(): Promise<PageServer> {
  const server = createServer((request, response) => {
    const snippet = new URL(request.url ?? "/", "http://site").searchParams.get("snippet") ?? "";
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(toPage(snippet));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (snippet) => `http://127.0.0.1:${port}/?${new URLSearchParams({ snippet })}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toPage(snippet: string): string {
  const paragraphs = "<p>Everything for the garden, delivered to your door within two days.</p>".repeat(10);
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><link rel="icon" href="data:," /><title>A shop</title></head>
  <body><h1>A shop</h1>${paragraphs}
${snippet}
  </body>
</html>`;
}
