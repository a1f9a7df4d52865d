import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createProxy } from "proxy";

/** A real forward proxy that wants a password. */
export interface EgressProxy extends AsyncDisposable {
  /** With the credentials that it accepts. */
  readonly url: string;
  readonly password: string;
  /** What went through: `GET http://…` if handed over, `CONNECT host:port` if tunnelled. */
  readonly seen: readonly string[];
}

export async function startEgressProxy(): Promise<EgressProxy> {
  const password = "a-password-for-the-proxy";
  const authorisation = `Basic ${Buffer.from(`user:${password}`).toString("base64")}`;
  const seen: string[] = [];
  const server = createProxy(createServer());
  server.authenticate = (req) => {
    const accepted = req.headers["proxy-authorization"] === authorisation;
    if (accepted) seen.push(`${req.method} ${req.url}`);
    return accepted;
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://user:${password}@127.0.0.1:${(server.address() as AddressInfo).port}`,
    password,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
