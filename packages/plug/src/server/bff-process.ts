import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { BffState } from "../legs.ts";

export interface BffProcessOptions {
  /** Node's arguments: the BFF's script, and a preloaded module that ends it when its standard input closes. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Answers 200 once the BFF runs. */
  readonly healthUrl: string;
}

/** The BFF as a child process that can be restarted. */
export interface BffProcess {
  readonly state: BffState;
  /** Stops the BFF, gracefully or at once, and starts it again. Ignored during a restart. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Resolves with the exit code once the BFF has ended without a restart. */
  readonly ended: Promise<number>;
  /** Stops the BFF permanently. Idempotent. */
  stop(): Promise<void>;
}

export function startBffProcess({ args, env, healthUrl }: BffProcessOptions): BffProcess {
  const { promise: ended, resolve: onEnded } = Promise.withResolvers<number>();
  let state: BffState = "starting";
  let isStopped = false;
  let child = start();

  function start(): ChildProcess {
    // Standard input closes when this process ends, even if it is killed.
    const started = spawn(process.execPath, args, { env, stdio: ["pipe", "inherit", "inherit"] });
    void once(started, "exit").then(([code]) => {
      if (started === child && (state !== "stopping" || isStopped))
        onEnded(isStopped ? 0 : Number(code ?? 1));
    });
    void untilUp(started);
    return started;
  }

  async function untilUp(started: ChildProcess): Promise<void> {
    while (started.exitCode === null && started.signalCode === null) {
      if (await isOk(healthUrl)) {
        if (started === child && state === "starting") state = "running";
        return;
      }
      await sleep(50);
    }
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  return {
    get state() {
      return state;
    },
    async restart(signal) {
      if (state !== "running" || isStopped) return;
      state = "stopping";
      await end(signal);
      if (isStopped) return;
      state = "starting";
      child = start();
    },
    ended,
    async stop() {
      isStopped = true;
      await end("SIGTERM");
      onEnded(0);
    },
  };
}

function isOk(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
