import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { toolEnvironment } from "../repository.ts";

export interface ServerProcess {
  /** Resolves when the process has ended, with what it printed last. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after `graceMs`. Idempotent; resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>;
}

/** Starts one of the demo's servers: plain JavaScript, as `pnpm build` left it or as it was installed. Its log is shown only if it fails. */
export function startServerProcess(
  script: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ServerProcess {
  const preload = join(import.meta.dirname, "exit-with-parent.ts");
  const child = spawn(process.execPath, ["--import", preload, script, ...args], {
    env: toolEnvironment(env),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Ctrl-C reaches the demo alone, which then stops its servers in order.
    detached: true,
  });
  const tail = keepTail(child);
  const gone = Promise.race([once(child, "close"), once(child, "error")]);
  return {
    ended: gone.then(tail),
    async stop(graceMs = 10_000) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(timer);
    },
  };
}

/** Holds the last 4,000 characters of a process's output; what is older is dropped. */
function keepTail(child: ChildProcess): () => string {
  let text = "";
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => text.trim();
}
