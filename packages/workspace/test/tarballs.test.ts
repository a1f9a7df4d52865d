import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "../src/run-command.ts";
import { installPackages } from "./fixtures/install-packages.ts";
import { PUBLISHED, packPackages } from "./fixtures/packed-packages.ts";
import { startChild } from "./fixtures/start-child.ts";

// Packed as for publishing and installed in an empty folder, to find what works only inside the workspace.
const packed = await packPackages();
afterAll(() => packed[Symbol.asyncDispose]());

const ALLOWED = /^(?:bin\/[\w-]+\.js|(?:dist|src)\/.+|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;

/** Tests, maps of what visitors load, anybody's environment or data. */
const STRAY = /\.test\.|^dist\/(?:embed|console)\/.*\.map$|\.env|\.sqlite|node_modules|tsbuildinfo/;

describe.each(PUBLISHED.map((name) => [name] as const))("the tarball of %s", (name) => {
  const { files, folder, manifest, tarball } =
    packed.packages.find((one) => one.name === name) ?? never(name);

  it("holds the build, its sources, the licence and the README, and nothing else", () => {
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "CHANGELOG.md", "package.json"]));
    expect(files.filter((file) => !ALLOWED.test(file) || STRAY.test(file))).toEqual([]);
  });

  it("has source maps, whose sources are in the package", async () => {
    const maps = files.filter((file) => /^dist\/.*\.js\.map$/.test(file));
    expect(maps).not.toEqual([]);
    for (const map of maps) {
      const { sources } = JSON.parse(await readFile(join(folder, map), "utf8")) as {
        readonly sources: readonly string[];
      };
      expect(sources).not.toEqual([]);
      for (const source of sources) expect(files, map).toContain(join(dirname(map), source));
    }
  });

  it("promises Node 22.19 if it runs on a server, is under MIT, and needs no workspace", () => {
    const isForBrowsers = name === "widget" || name === "protocol";
    expect(manifest).toMatchObject({ license: "MIT", type: "module" });
    expect(manifest.engines).toEqual(isForBrowsers ? undefined : { node: ">=22.19" });
    const { dependencies, exports } = manifest;
    expect(JSON.stringify({ dependencies, exports })).not.toMatch(/workspace:|\/source|"\.\/src\//);
  });

  it("holds no key", async () => {
    // The sandbox contains the keys of the development seed.
    const key =
      name === "sandbox" ? /-----BEGIN [A-Z ]*PRIVATE KEY/ : /ml_dev_\w+_key|-----BEGIN [A-Z ]*PRIVATE KEY/;
    for (const file of files.filter((each) => /\.(?:js|ts|json|md)$/.test(each))) {
      expect(await readFile(join(folder, file), "utf8"), file).not.toMatch(key);
    }
  });

  it("has nothing that publint would say", async () => {
    const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
    expect(messages).toEqual([]);
  });

  it("has types that are right for every resolution that reads ES modules", async () => {
    const analysis = await checkPackage(
      createPackageFromTarballData(new Uint8Array(await readFile(tarball))),
    );
    if (!analysis.types) throw new Error("no types");
    const { problems, entrypoints } = analysis;
    expect(Object.keys(entrypoints).length).toBeGreaterThan(0);
    // `node10` and `require` are not supported: there are only ES modules.
    const concerning = problems.filter(
      (problem) => !("resolutionKind" in problem) || !/^node10$|^node16-cjs$/.test(problem.resolutionKind),
    );
    expect(concerning).toEqual([]);
  });
});

it.each([
  ["widget", "dist/embed/THIRD-PARTY-NOTICES.md"],
  ["sandbox", "dist/console/THIRD-PARTY-NOTICES.md"],
])("the tarball of %s holds the licence of Preact, which is in its bundle", async (name, file) => {
  const { folder } = packed.packages.find((one) => one.name === name) ?? never(name);
  const notices = await readFile(join(folder, file), "utf8");
  expect(notices).toMatch(/^## preact - [\d.]+ \(MIT\)$/m);
  expect(notices).toContain("The MIT License");
});

it("the widget's library imports each of its dependencies, and bundles none", async () => {
  const { files, folder, manifest } =
    packed.packages.find(({ name }) => name === "widget") ?? never("widget");
  const modules = files.filter((file) => /^dist\/lib\/.*\.js$/.test(file));
  const code = (await Promise.all(modules.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
  const imported = Array.from(
    code.matchAll(/(?:from|import\()\s*["'`]((?:@[\w-]+\/)?[\w-]+)/g),
    ([, name]) => name,
  );
  expect(imported).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies ?? {})));
});

describe("installed outside of the workspace", { timeout: 120_000 }, async () => {
  const consumer = await installPackages(packed);

  it.each([
    ["nodenext", { module: "nodenext", moduleResolution: "nodenext" }],
    ["bundler", { module: "esnext", moduleResolution: "bundler" }],
  ])("their types are whole, by the resolution %s", async (_, resolution) => {
    const { output, exitCode } = await consumer.checkTypes({
      ...resolution,
      strict: true,
      noEmit: true,
      target: "es2023",
      lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
      types: ["node"],
      skipLibCheck: true,
    });
    expect([output, exitCode]).toEqual(["", 0]);
  });

  it("every entry can be imported on a server, by the oldest Node, and those for browsers do nothing", async () => {
    const lines = (await consumer.run("imports.js")).trim().split("\n");
    expect(lines).toHaveLength(10);
    for (const line of lines) expect(line).toMatch(/ true$/);
  });

  it("a mounted BFF takes a message to a local Mailoo, and serves the widget", async () => {
    const output = await consumer.run("mounted.js");
    expect(output.trim().split("\n")).toEqual([
      "submit 201",
      "on the platform Hello",
      "loader 200 true",
      "fetch 200",
    ]);
  });

  it.each(["mailoo-chat-bff", "mailoo-sandbox", "mailoo-conformance"])(
    "%s says how it is used",
    async (bin) => {
      const { exitCode, output } = await runCommand(bin, ["--help"], {
        env: consumer.env,
        output: "collect",
      });
      expect(exitCode).toBe(0);
      expect(output).toContain("--help");
    },
  );

  it("the commands find each other: a local Mailoo, a check of it, and a server that ends in order", async () => {
    await using sandbox = start("mailoo-sandbox", { SANDBOX_PORT: "0" });
    const api = await sandbox.address();
    const settings = {
      NODE_ENV: "development",
      HOST: "127.0.0.1",
      PORT: "0",
      MAILOO_CHAT_INTEGRATION_API: api,
      MAILOO_CHAT_INTEGRATION_API_KEY: "ml_dev_mailoo_web_chat_key",
      MAILOO_CHAT_INTEGRATION_PROJECT_UID: "mailoo-website",
      MAILOO_CHAT_INTEGRATION_ID: "mailoo_dev_chat_integration",
      MAILOO_CHAT_ALLOWED_ORIGINS: "http://localhost:5173",
    };
    const check = await runCommand("mailoo-chat-bff", ["check"], {
      env: { ...consumer.env, ...settings },
      output: "collect",
    });
    expect([check.output, check.exitCode]).toEqual([expect.any(String), 0]);

    await using bff = start("mailoo-chat-bff", settings);
    const address = await bff.address();
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect((await fetch(`${address}/widget.js`)).status).toBe(200);
    bff.process.kill("SIGTERM");
    await expect(bff.exitCode).resolves.toBe(0);
  });

  /** One of the installed commands, running. */
  function start(bin: string, settings: Readonly<Record<string, string>>) {
    const child = startChild(bin, [], { cwd: consumer.folder, env: { ...consumer.env, ...settings } });
    return {
      ...child,
      /** The address that it prints. */
      async address(): Promise<string> {
        await expect.poll(child.output, { timeout: 20_000 }).toMatch(/http:\/\/[\w.]+:\d+/);
        return /http:\/\/[\w.]+:\d+/.exec(child.output())?.[0] ?? "";
      },
    };
  }
});

function never(name: string): never {
  throw new Error(`${name} was not packed`);
}
