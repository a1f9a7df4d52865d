import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parseEnv } from "node:util";
import { SEED, startSandbox } from "@mailoo-chat/sandbox";
import { describe, expect, it } from "vitest";
import { type InitOptions, runInit } from "../src/cli/init.ts";
import { createPrompt } from "../src/cli/terminal.ts";
import type { Environment } from "../src/config/variables.ts";
import { runBffCommand } from "./support/spawn-bff.ts";
import { SITE } from "./support/start-bff.ts";

/** Node starts, reads the sources and ends: seconds on a busy machine. */
const TIMEOUT = { timeout: 60_000 };

const KEY = { MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey };

async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), "mailoo-chat-init-"));
  const file = join(path, ".env");
  return {
    path,
    file,
    read: async () => parseEnv(await readFile(file, "utf8")),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const flags = (api: string, project: string = SEED.projectUid) => [
  "init",
  ...["--api", api, "--project", project, "--allowed-origin", SITE],
];

describe("init with flags", TIMEOUT, () => {
  it("creates an integration, writes .env for its owner alone, checks it, and prints the script tag", async () => {
    await using sandbox = await startSandbox();
    await using folder = await createFolder();
    const args = [...flags(sandbox.url), "--name", "Tea", "--welcome-message", "We're here"];
    const { code, stdout, stderr } = await runBffCommand(args, KEY, folder.path);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Ready for visitors");
    expect(stdout).toContain('<script async src="http://localhost:8787/widget.js"></script>');
    expect(stdout).not.toContain(SEED.apiKey);

    expect((await stat(folder.file)).mode & 0o777).toBe(0o600);
    const values = await folder.read();
    const [created] = sandbox.integrations().filter(({ name }) => name === "Tea");
    expect(values).toEqual({
      MAILOO_CHAT_INTEGRATION_API: sandbox.url,
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: SEED.projectUid,
      MAILOO_CHAT_INTEGRATION_ID: created?.publicId,
      MAILOO_CHAT_ALLOWED_ORIGINS: SITE,
      MAILOO_CHAT_WELCOME_MESSAGE: "We're here",
      MAILOO_CHAT_SESSION_SECRET: expect.stringMatching(/^[\w-]{64}$/),
    });

    // The commands read the file by themselves, and say what is from it.
    const checked = await runBffCommand(
      ["check"],
      { TRUST_PROXY: "1", MAILOO_CHAT_WELCOME_MESSAGE: "Another" },
      folder.path,
    );
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(/MAILOO_CHAT_INTEGRATION_ID +\/.*\.env\n/);
    expect(checked.stdout).toMatch(/TRUST_PROXY +environment\n/);
    expect(checked.stdout).toContain("dotenv-overridden");
    expect(checked.stdout).toContain("unset MAILOO_CHAT_WELCOME_MESSAGE");
  });

  it("leaves an existing .env unchanged without --force or consent", async () => {
    await using sandbox = await startSandbox();
    await using folder = await createFolder();
    const before = `# mine\nOTHER=1\nMAILOO_CHAT_SESSION_SECRET=${"s".repeat(40)}\nMAILOO_CHAT_INTEGRATION_ID=old\n`;
    await writeFile(folder.file, before);
    const refused = await runBffCommand(flags(sandbox.url), KEY, folder.path);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("--force")]);
    expect(await readFile(folder.file, "utf8")).toBe(before);

    const forced = await runBffCommand([...flags(sandbox.url), "--force"], KEY, folder.path);
    expect([forced.code, forced.stderr]).toEqual([0, ""]);
    expect(await readFile(folder.file, "utf8")).toMatch(/^# mine\nOTHER=1\n/);
    expect((await stat(folder.file)).mode & 0o777).toBe(0o600);
    const values = await folder.read();
    expect(values.MAILOO_CHAT_SESSION_SECRET).toBe("s".repeat(40));
    expect(values.MAILOO_CHAT_INTEGRATION_ID).not.toBe("old");
  });

  it("replaces a value of several lines as a whole", async () => {
    await using sandbox = await startSandbox();
    await using folder = await createFolder();
    await writeFile(
      folder.file,
      "ONE='1\n1'\nexport MAILOO_CHAT_WELCOME_MESSAGE='Hello\nthere' # old\nTWO=2\n",
    );
    const args = [...flags(sandbox.url), "--force", "--welcome-message", "Hi"];
    expect((await runBffCommand(args, KEY, folder.path)).code).toBe(0);
    expect(await readFile(folder.file, "utf8")).toMatch(/^ONE='1\n1'\nTWO=2\n\nMAILOO_CHAT_INTEGRATION_API=/);
    expect(await folder.read()).toMatchObject({ ONE: "1\n1", TWO: "2", MAILOO_CHAT_WELCOME_MESSAGE: "Hi" });
  });

  it.each([
    [
      "a wrong key",
      { MAILOO_CHAT_INTEGRATION_API_KEY: "wrong" },
      SEED.projectUid,
      "does not accept the API key",
    ],
    ["a wrong project", KEY, "no-such-project", "MAILOO_CHAT_INTEGRATION_PROJECT_UID"],
  ])("says what is wrong with %s, and writes nothing", async (_what, env, project, reason) => {
    await using sandbox = await startSandbox();
    await using folder = await createFolder();
    const { code, stderr } = await runBffCommand(flags(sandbox.url, project), env, folder.path);
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
    await expect(readFile(folder.file)).rejects.toThrow("ENOENT");
  });

  it("finds that a given integration is a form", async () => {
    await using sandbox = await startSandbox();
    await using folder = await createFolder();
    const args = [...flags(sandbox.url), "--integration", SEED.formIntegrationId];
    const { code, stdout } = await runBffCommand(args, KEY, folder.path);
    expect([code, stdout]).toEqual([1, expect.stringContaining("not of type JSBOX")]);
  });

  it.each([
    ["the project", ["init", "--api", "http://127.0.0.1:1"], KEY, "--project"],
    ["the key", ["init", "--api", "http://127.0.0.1:1"], {}, "MAILOO_CHAT_INTEGRATION_API_KEY"],
    ["an origin that is none", [...flags("http://127.0.0.1:1"), "--allowed-origin", "shop"], KEY, "shop"],
  ])("ends with 2 where nobody can be asked for %s", async (_what, args, env, word) => {
    await using folder = await createFolder();
    const { code, stderr } = await runBffCommand(args, env, folder.path);
    expect([code, stderr]).toEqual([2, expect.stringContaining(word)]);
  });
});

describe("a .env that cannot be read", TIMEOUT, () => {
  it.each([["start"], ["check"], ["init"]])(
    "is a configuration error of %s that names it",
    async (command) => {
      await using folder = await createFolder();
      await mkdir(folder.file);
      const { code, stderr } = await runBffCommand([command], KEY, folder.path);
      expect([code, stderr]).toEqual([78, `.env: ${folder.file} cannot be read (EISDIR)\n`]);
    },
  );

  it("does not matter to --help", async () => {
    await using folder = await createFolder();
    await mkdir(folder.file);
    expect((await runBffCommand(["--help"], KEY, folder.path)).code).toBe(0);
  });
});

describe("init in a terminal", TIMEOUT, () => {
  const NOTHING_GIVEN: InitOptions = {
    api: null,
    project: null,
    allowedOrigins: [],
    integration: null,
    name: null,
    welcomeMessage: null,
    force: false,
  };

  /** Types each answer when its question has been shown. */
  async function converse(
    folder: string,
    answers: readonly [question: string, answer: string][],
    env: Environment = {},
  ) {
    const input = new PassThrough();
    const output = new PassThrough();
    let shown = "";
    let seen = 0;
    const remaining = [...answers];
    output.on("data", (chunk) => {
      shown += chunk;
      const [next] = remaining;
      if (next && shown.indexOf(next[0], seen) >= 0) {
        seen = shown.length;
        remaining.shift();
        // As a person: after the question, and not within its writing.
        setImmediate(() => input.write(`${next[1]}\n`));
      }
    });
    let stdout = "";
    const code = await runInit(
      NOTHING_GIVEN,
      {
        env,
        prompt: () => createPrompt(input, output),
        stdout: (text) => {
          stdout += text;
        },
        stderr: (text) => {
          stdout += text;
        },
      },
      folder,
    );
    return { code, shown, stdout };
  }

  it("asks for everything, again if an answer is not valid, and does not show the key", async () => {
    await using sandbox = await startSandbox();
    await using folder = await createFolder();
    const { code, shown } = await converse(folder.path, [
      ["URL of the Mailoo API: ", "not a url"],
      ["It must be an http or https URL, without user name or query. URL of the Mailoo API: ", sandbox.url],
      ["API key (not shown): ", SEED.apiKey],
      ["Project id: ", SEED.projectUid],
      ["Origins of the pages", `${SITE}/, `],
    ]);
    expect(code).toBe(0);
    expect(shown).not.toContain(SEED.apiKey);
    expect(await folder.read()).toMatchObject({
      MAILOO_CHAT_INTEGRATION_API_KEY: SEED.apiKey,
      MAILOO_CHAT_ALLOWED_ORIGINS: SITE,
    });
    expect(sandbox.integrations().at(-1)?.config.allowedOrigins).toEqual([SITE]);
  });

  it("asks before it changes an existing .env, and takes silence for no", async () => {
    await using folder = await createFolder();
    await writeFile(folder.file, "OTHER=1\n");
    const { code, stdout } = await converse(folder.path, [["[y/N] ", ""]]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("left as it is")]);
    expect(await readFile(folder.file, "utf8")).toBe("OTHER=1\n");
  });

  it("stops at Ctrl+C and writes nothing", async () => {
    await using folder = await createFolder();
    const { code } = await converse(folder.path, [["URL of the Mailoo API: ", "\u0003"]]);
    expect(code).toBe(1);
    await expect(readFile(folder.file)).rejects.toThrow("ENOENT");
  });
});
