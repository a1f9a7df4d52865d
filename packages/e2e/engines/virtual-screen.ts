import { spawn } from "node:child_process";
import { once } from "node:events";

/** A virtual screen for a browser without a headless mode. */
export interface VirtualScreen extends AsyncDisposable {
  /** The value for `DISPLAY`. */
  readonly display: string;
}

/** @param xvfb the program */
export async function startVirtualScreen(xvfb: string): Promise<VirtualScreen> {
  // Xvfb takes the first free display number and prints it when it is ready.
  const server = spawn(xvfb, ["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(server, "exit");
  const [answer] = await Promise.race([once(server.stdout, "data"), exited]);
  if (!Buffer.isBuffer(answer)) throw new Error(`${xvfb} ended before its screen was there`);
  return {
    display: `:${answer.toString().trim()}`,
    async [Symbol.asyncDispose]() {
      server.kill();
      await exited;
    },
  };
}
