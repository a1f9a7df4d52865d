import { once } from "node:events";
import type { Logger } from "pino";
import { ConfigError, parseConfig } from "../config/parse-config.ts";
import { createLog } from "../observability/log.ts";
import { type RunningServer, startServer } from "../server.ts";
import { EXIT, type Terminal } from "./terminal.ts";

const DRAIN_AT_MOST_MS = 9_250;

/** The exit code of a process that ended by a second signal. */
const INTERRUPTED = 130;

/** `start`: runs until SIGTERM or SIGINT, then drains. A second signal ends it at once. */
export async function runStart(terminal: Terminal): Promise<number> {
  const { config, warnings } = parseConfig(terminal.env);
  const log = createLog(config.logLevel);
  for (const { message } of warnings) log.warn(message);

  let server: RunningServer;
  try {
    server = await startServer(config, log);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    terminal.stderr(`${toStartFault(error, config.host, config.port)}\n`);
    return EXIT.findings;
  }
  log.info(
    { url: server.url, ...(server.metricsUrl !== null && { metrics: server.metricsUrl }) },
    "listening",
  );

  const signal = await nextSignal();
  log.info({ signal }, "draining");
  const outcome = await Promise.race([
    server.drain().then(() => EXIT.ok),
    nextSignal().then(() => INTERRUPTED),
    outOfTime(log).then(() => EXIT.ok),
  ]);
  if (outcome === INTERRUPTED) await server.close();
  log.info("stopped");
  return outcome;
}

/** Everything in a drain has its time; but on a machine that has none to give, whoever asked us to end kills at ten seconds. */
function outOfTime(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      log.warn("the drain takes too long: ends with what is left");
      resolve();
    }, DRAIN_AT_MOST_MS).unref();
  });
}

async function nextSignal(): Promise<string> {
  const controller = new AbortController();
  const { signal } = controller;
  try {
    return await Promise.race(
      ["SIGTERM", "SIGINT"].map(async (name) => {
        await once(process, name, { signal });
        return name;
      }),
    );
  } finally {
    controller.abort();
  }
}

function toStartFault(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE") return `PORT: ${host}:${port} is taken by another process`;
  if (code === "EACCES") return `PORT: this user may not listen on ${host}:${port}`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `HOST: ${host} is not an address of this machine`;
  return `mailoo-chat-bff could not start: ${error instanceof Error ? error.message : "unknown error"}`;
}
