import { join } from "node:path";
import concurrently, { type ConcurrentlyCommandInput } from "concurrently";
import waitOn from "wait-on";
import { REPOSITORY, toolEnvironment } from "../repository.ts";

export interface DemoPorts {
  readonly sandbox: number;
  readonly bff: number;
  readonly site: number;
  /** Of the page that cuts the BFF's connections. */
  readonly plug: number;
}

export interface Demo {
  readonly sandboxUrl: string;
  readonly bffUrl: string;
  readonly siteUrl: string;
  readonly plugUrl: string;
  /** Resolves when all of them answer. Rejects after two minutes, or if one has ended. */
  readonly ready: Promise<void>;
  /** Resolves with an exit code when all have ended: 0 after Ctrl-C or `stop`. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** The development seed of the platform's page, which the sandbox has, too. */
const SEED = {
  MAILOO_CHAT_INTEGRATION_API_KEY: "ml_dev_mailoo_web_chat_key",
  MAILOO_CHAT_INTEGRATION_PROJECT_UID: "mailoo-website",
  MAILOO_CHAT_INTEGRATION_ID: "mailoo_dev_chat_integration",
  MAILOO_CHAT_WELCOME_MESSAGE: "Hello! This is the Mailoo demo chat.",
};

/** Starts a local Mailoo, the built BFF and an example's website. When one ends, the others do. */
export function startDemo(ports: DemoPorts, example: string): Demo {
  const sandboxUrl = `http://localhost:${ports.sandbox}`;
  const bffUrl = `http://localhost:${ports.bff}`;
  const siteUrl = `http://localhost:${ports.site}`;
  const plugUrl = `http://localhost:${ports.plug}`;
  const { result, commands } = concurrently(
    [
      server("sandbox", ["packages/sandbox/bin/mailoo-sandbox.js", "--faults"], {
        SANDBOX_PORT: `${ports.sandbox}`,
        SANDBOX_BFF: bffUrl,
      }),
      // The BFF, below the process whose page restarts it.
      server("bff", ["packages/plug/src/main.ts"], {
        ...SEED,
        NODE_ENV: "development",
        MAILOO_CHAT_INTEGRATION_API: sandboxUrl,
        PLUG_PORT: `${ports.plug}`,
        // The shop; the sandbox, whose configurator shows the widget; the page that pulls plugs; and the BFF's own page.
        MAILOO_CHAT_ALLOWED_ORIGINS: [ports.site, ports.sandbox, ports.plug, ports.bff]
          .flatMap((port) => [`http://localhost:${port}`, `http://127.0.0.1:${port}`])
          .join(),
        HOST: "127.0.0.1",
        PORT: `${ports.bff}`,
      }),
      server(
        "site",
        [
          ...["node_modules/vite/bin/vite.js", join("examples", example)],
          ...["--host", "localhost", "--port", `${ports.site}`, "--strictPort"],
        ],
        { VITE_CHAT_URL: bffUrl, VITE_CONSOLE_URL: sandboxUrl, VITE_PLUG_URL: plugUrl },
      ),
    ],
    { cwd: REPOSITORY, killOthersOn: ["failure", "success"], killTimeout: 10_000 },
  );
  let stopped = false;
  const ended = result.then(
    () => 0,
    () => (stopped ? 0 : 1),
  );
  const answers = waitOn({
    resources: [sandboxUrl, `${bffUrl}/readyz`, siteUrl, plugUrl].map((url) =>
      url.replace("http:", "http-get:"),
    ),
    headers: { accept: "text/html" },
    interval: 100,
    timeout: 120_000,
  });
  const ready = Promise.race([
    answers,
    ended.then(() => Promise.reject(new Error("The demo has ended before all of it answered."))),
  ]);
  const stop = async () => {
    stopped = true;
    for (const command of commands) command.kill("SIGTERM");
    await ended;
  };
  return { sandboxUrl, bffUrl, siteUrl, plugUrl, ready, ended, stop };
}

function server(
  name: string,
  script: readonly string[],
  env: Readonly<Record<string, string>>,
): ConcurrentlyCommandInput {
  const preload = "./packages/workspace/src/demo/exit-with-parent.ts";
  return { name, command: ["exec node --import", preload, ...script].join(" "), env: toolEnvironment(env) };
}
