import { join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import type { DemoPorts } from "./demo-ports.ts";
import { type DemoSite, startDemoSite } from "./demo-site.ts";
import { startServerProcess } from "./server-process.ts";

/** The local Mailoo's development seed, as its page publishes it. */
const SEED = {
  MAILOO_CHAT_INTEGRATION_API_KEY: "ml_dev_mailoo_web_chat_key",
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: "mailoo-website",
  MAILOO_CHAT_INTEGRATION_ID: "mailoo_dev_chat_integration",
  MAILOO_CHAT_WELCOME_MESSAGE: "Hello! This is the Mailoo demo chat.",
};

const ANSWER_DEADLINE_MS = 30_000;

export interface Demo {
  readonly addresses: Readonly<Record<keyof DemoPorts, string>>;
  /** Rejects when a server ends by itself. */
  readonly failed: Promise<never>;
  /** Idempotent; afterwards the ports are free. */
  stop(): Promise<void>;
}

/** Starts the sandbox, the BFF and the site, and resolves when all three answer. Leaves nothing behind when it rejects. */
export async function startDemo(ports: DemoPorts, example: DemoSite = "script-tag"): Promise<Demo> {
  const addresses = {
    sandbox: `http://localhost:${ports.sandbox}`,
    BFF: `http://localhost:${ports.BFF}`,
    site: `http://localhost:${ports.site}`,
  };
  const sandbox = startServerProcess(join(REPOSITORY, "packages/sandbox/bin/mailoo-sandbox.js"), {
    SANDBOX_PORT: String(ports.sandbox),
  });
  const bff = startServerProcess(join(REPOSITORY, "packages/bff/bin/mailoo-chat-bff.js"), {
    ...SEED,
    NODE_ENV: "development",
    MAILOO_CHAT_INTEGRATION_API: addresses.sandbox,
    MAILOO_CHAT_ALLOWED_ORIGINS: [addresses.site, `http://127.0.0.1:${ports.site}`].join(","),
    HOST: "127.0.0.1",
    PORT: String(ports.BFF),
  });
  const site = startDemoSite(example, ports);
  const stop = async () => {
    // The BFF first: it would otherwise log that its platform is gone.
    await Promise.all([bff.stop(), site.then((started) => started.stop()).catch(() => {})]);
    await sandbox.stop();
  };
  const failed = Promise.race([
    rejectWhenEnded("sandbox", sandbox),
    rejectWhenEnded("BFF", bff),
    site.then((started) => rejectWhenEnded("site", started)),
  ]);
  // Whoever does not wait for it must not be ended by it.
  failed.catch(() => {});
  try {
    await Promise.race([site, failed]);
    const deadline = AbortSignal.timeout(ANSWER_DEADLINE_MS);
    const answers = [addresses.sandbox, `${addresses.BFF}/readyz`, addresses.site];
    await Promise.race([Promise.all(answers.map((url) => untilAnswers(url, deadline))), failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses, failed, stop };
}

async function rejectWhenEnded(name: string, server: { readonly ended: Promise<string> }): Promise<never> {
  const output = await server.ended;
  throw new Error(`the ${name} ended by itself${output === "" ? "" : `:\n${output}`}`);
}

/** Asks until the answer is a success. Servers that just start refuse connections or say "not ready". */
async function untilAnswers(url: string, deadline: AbortSignal): Promise<void> {
  for (;;) {
    const ok = await fetch(url, { signal: deadline }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    if (ok) return;
    if (deadline.aborted) throw new Error(`${url} did not answer within ${ANSWER_DEADLINE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
