import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { startFaultProxy } from "@mailoo-chat/e2e/network/fault-proxy";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { startBffProcess } from "./server/bff-process.ts";
import { createApp } from "./server/create-app.ts";
import { createPlatform } from "./server/platform.ts";

// The demo's BFF, with a page that restarts it and cuts its connections. Reads the BFF's variables
// and PLUG_PORT.

const bffPort = Number(process.env.PORT);
const plugPort = Number(process.env.PLUG_PORT);
const platform = createPlatform(String(process.env.MAILOO_CHAT_INTEGRATION_API));

const bff = startBffProcess({
  args: [
    "--import",
    join(REPOSITORY, "packages/workspace/src/demo/exit-with-parent.ts"),
    join(REPOSITORY, "packages/bff/bin/mailoo-chat-bff.js"),
  ],
  env: {
    ...process.env,
    // Kept across restarts, as on a real server. A development server creates a new one at each start by default.
    MAILOO_CHAT_SESSION_SECRET: randomBytes(32).toString("base64url"),
    // The page's visitor writes faster than a person.
    MAILOO_CHAT_LIMIT_SESSION_SENDS: "300/60",
  },
  healthUrl: `http://127.0.0.1:${bffPort}/healthz`,
});
const line = await startFaultProxy(bffPort);
const server = createServer(
  createApp({ bff, line, platform, directory: join(import.meta.dirname, "../dist") }),
);
server.listen(plugPort, "127.0.0.1");
await once(server, "listening");

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void bff.stop());
process.exit(await bff.ended);
