import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestPage {
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A website on its own origin. The tests write its pages. */
export interface TestSite extends AsyncDisposable {
  readonly port: number;
  /** `http://localhost:port`: another host than the BFF's, as well as another port. */
  readonly origin: string;
  /** Adds a page and returns its URL. */
  serve(path: string, page: TestPage): string;
  /** Bodies that were posted to `/reports`, in order. */
  readonly reports: readonly string[];
}

export async function startTestSite(): Promise<TestSite> {
  const pages = new Map<string, TestPage>();
  const reports: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site.invalid");
    if (request.method === "POST" && pathname === "/reports") {
      let body = "";
      request.on("data", (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on("end", () => {
        reports.push(body);
        response.writeHead(204).end();
      });
      return;
    }
    const page = pages.get(pathname);
    if (page === undefined) {
      response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...page.headers }).end(page.html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const origin = `http://localhost:${port}`;
  return {
    port,
    origin,
    serve(path, page) {
      pages.set(path, page);
      return `${origin}${path}`;
    },
    reports,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
