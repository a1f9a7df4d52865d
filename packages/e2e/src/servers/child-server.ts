import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export interface ChildServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the server accepts requests. Called until it returns true. */
  readonly isUp: () => Promise<boolean>;
  /** @default 60000, for busy machines */
  readonly startWithinMs?: number;
}

/** A server in its own process. Disposing of it kills it. */
export interface ChildServer extends AsyncDisposable {
  readonly pid: number;
  /** Everything it has printed. */
  output(): string;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** Servers that are still running when this process ends are killed. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** @throws with the server's output if it ends or does not start in time */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  const { command, args, env = {}, isUp, startWithinMs = 60_000 } = options;
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const exited = untilExit(child).finally(() => running.delete(child));
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  const deadline = performance.now() + startWithinMs;
  while (!(await isUp())) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || performance.now() > deadline) {
      await kill("SIGKILL");
      throw new Error(`${command} ${args.join(" ")} ${ended ? "ended" : "did not come up"}:\n${output}`);
    }
    await sleep(20);
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exited,
    kill,
    [Symbol.asyncDispose]: async () => {
      await kill("SIGKILL");
    },
  };
}

async function untilExit(child: ChildProcess): Promise<number | null> {
  const [first] = await Promise.race([once(child, "close"), once(child, "error")]);
  return typeof first === "number" ? first : null;
}
