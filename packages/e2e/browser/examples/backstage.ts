import { join } from "node:path";
import { type Sandbox, startSandbox } from "@mailoo-chat/sandbox";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import getPort from "get-port";
import { type Bff, startBff } from "../../src/servers/start-bff.ts";

/** The servers behind an example's site: a platform, and a BFF that allows only this site. */
export interface Backstage extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly bff: Bff;
  /** The address for the example's site. */
  readonly site: SiteAddress;
}

export interface SiteAddress {
  readonly port: number;
  /** `http://localhost:port`: another host than the BFF's, as well as another port. */
  readonly origin: string;
}

export async function startBackstage(): Promise<Backstage> {
  await using starting = new AsyncDisposableStack();
  const sandbox = starting.use(await startSandbox());
  const site = await freeAddress();
  const bff = starting.use(await startBff({ platformUrl: sandbox.url, allowedOrigins: [site.origin] }));
  const servers = starting.move();
  return { sandbox, bff, site, [Symbol.asyncDispose]: () => servers.disposeAsync() };
}

export async function freeAddress(): Promise<SiteAddress> {
  const port = await getPort();
  return { port, origin: `http://localhost:${port}` };
}

/** The folder of an example. */
export function exampleFolder(name: string): string {
  return join(REPOSITORY, "examples", name);
}

/** Whether a server accepts requests, for `startChildServer`. */
export function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
