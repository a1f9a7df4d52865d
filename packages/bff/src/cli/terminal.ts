import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Dotenv } from "../config/dotenv.ts";
import type { Environment } from "../config/variables.ts";

/** How the command ends. 78 is `EX_CONFIG` of sysexits. */
export const EXIT = { ok: 0, findings: 1, usage: 2, config: 78 } as const;

/** The environment in which a command runs. Results go to `stdout`, everything else to `stderr`. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** After `loadDotenv`, it includes the values of the `.env` file. @default process.env */
  readonly env?: Environment;
  /** See `config/dotenv.ts`. @default there is no such file */
  readonly loadDotenv?: () => Dotenv | null;
  /** Opens a prompt. @default null: not interactive */
  readonly prompt?: (() => Prompt) | null;
}

/** Asks questions in a terminal. They reject with `PromptClosed` after Ctrl+C or Ctrl+D. */
export interface Prompt {
  ask(question: string): Promise<string>;
  /** Without echo. */
  askSecret(question: string): Promise<string>;
  close(): void;
}

export class PromptClosed extends Error {
  override readonly name = "PromptClosed";
}

export function createPrompt(
  input: NodeJS.ReadableStream = process.stdin,
  output: NodeJS.WritableStream = process.stdout,
): Prompt {
  let muted = false;
  const echo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!muted) output.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input, output: echo, terminal: true });
  const closed = new AbortController();
  lines.once("close", () => closed.abort());

  const ask = async (question: string): Promise<string> => {
    try {
      return (await lines.question(question, { signal: closed.signal })).trim();
    } catch (error) {
      throw new PromptClosed("the dialogue was closed", { cause: error });
    }
  };
  return {
    ask,
    async askSecret(question) {
      const answered = ask(question);
      // The question has been printed; the input is hidden.
      muted = true;
      try {
        return await answered;
      } finally {
        muted = false;
        output.write("\n");
      }
    },
    close: () => lines.close(),
  };
}
