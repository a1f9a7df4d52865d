import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { DEFAULT_BASE_PATH } from "@mailoo-chat/protocol";
import type { Environment } from "../../src/config/variables.ts";
import { type BffCalls, createBffCalls } from "./bff-calls.ts";
import { bffEnvironment, SITE, type StartBffOptions } from "./start-bff.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end, in `cwd`. The environment holds nothing but `env`, the path and Node's cache. */
export async function runBffCommand(
  args: readonly string[],
  env: Environment = {},
  cwd?: string,
): Promise<Finished> {
  return finish(spawnMain(args, env, { cwd }));
}

/** A BFF in a process of its own. */
export interface SpawnedBff extends BffCalls, AsyncDisposable {
  readonly url: string;
  readonly base: string;
  readonly pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Paused, it is a pipe that nobody reads. */
  readonly stdout: Readable;
  /** The exit code, when the process has ended, whether or not its output has been read. */
  readonly exited: Promise<number | null>;
  /** When the process has ended and all of its output has been read. */
  readonly finished: Promise<Finished>;
}

export interface SpawnBffOptions extends StartBffOptions {
  /** The most descriptors that the process may hold. @default the system's limit */
  readonly maxDescriptors?: number;
}

export async function spawnBff({ platform, env = {}, maxDescriptors }: SpawnBffOptions): Promise<SpawnedBff> {
  const child = spawnMain(["start"], bffEnvironment(platform.url, env), { maxDescriptors });
  const finished = finish(child);
  const url = await Promise.race([
    listeningUrl(child),
    finished.then(({ code, stderr }) => Promise.reject(new Error(`ended with ${code}: ${stderr}`))),
  ]);
  const base = `${url}${DEFAULT_BASE_PATH}`;
  return {
    url,
    base,
    pid: child.pid ?? 0,
    ...createBffCalls(base, SITE),
    kill: (signal) => void child.kill(signal),
    stdout: child.stdout,
    exited: once(child, "exit").then(([code]: (number | null)[]) => code ?? null),
    finished,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      child.stdout.resume();
      await finished;
    },
  };
}

function spawnMain(
  args: readonly string[],
  env: Environment,
  { maxDescriptors, cwd }: { maxDescriptors?: number | undefined; cwd?: string | undefined },
): ChildProcessByStdio<null, Readable, Readable> {
  const command = [process.execPath, "--conditions=@mailoo-chat/source", MAIN, ...args];
  const limit = maxDescriptors === undefined ? "" : `ulimit -n ${maxDescriptors} && `;
  return spawn("/bin/sh", ["-c", `${limit}exec "$@"`, "sh", ...command], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function finish(child: ChildProcess): Promise<Finished> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      const url = /"url":"([^"]+)","msg":"listening"/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
}
