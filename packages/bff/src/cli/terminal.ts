import type { Environment } from "../config/environment.ts";

/** What a command talks to: results go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** @default process.env */
  readonly env?: Environment;
}
