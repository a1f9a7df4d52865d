import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { expect, test } from "@playwright/test";
import getPort from "get-port";
import { parse } from "yaml";
import { startChildServer } from "../../src/servers/child-server.ts";
import { answers, exampleFolder } from "./backstage.ts";
import { parseDockerfile, toCopiedPaths } from "./dockerfile.ts";

// Checks without a container engine. The same topology runs as plain processes in test/behind-nginx.test.ts, and the
// Dockerfile's commands in docker-compose.built.ts.

const FOLDER = exampleFolder("docker-compose");
const read = (file: string) => readFileSync(join(FOLDER, file), "utf8");

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly env_file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly stop_grace_period?: string;
  readonly command?: readonly string[];
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

// The file is written by hand in this repository: any other format fails the checks below.
const compose = parse(read("compose.yaml"), { merge: true, strict: true }) as Compose;
const services = Object.entries(compose.services);
const replicas = services.filter(([, { build }]) => build);
const settings = parseEnv(read(".env.example"));

test("Compose: images are pinned to a version, and all referenced files exist", () => {
  const bases = parseDockerfile(read("Dockerfile")).map(([from]) => from?.rest.split(" ")[0] ?? "");
  const images = services.flatMap(([, { image }]) => image ?? []);
  for (const name of [...images, ...bases]) expect(name).toMatch(/^[\w/.-]+:\d+\.\d+\.\d+-\w+$/);

  for (const [name, service] of services) {
    const needed = Array.isArray(service.depends_on)
      ? service.depends_on
      : Object.keys(service.depends_on ?? {});
    for (const other of needed) expect(compose.services, name).toHaveProperty([other]);
    for (const secret of service.secrets ?? []) expect(compose.secrets, name).toHaveProperty([secret]);
    for (const [source = ""] of (service.volumes ?? []).map((volume) => volume.split(":"))) {
      const isThere = source.startsWith(".") ? existsSync(join(FOLDER, source)) : source in compose.volumes;
      expect(isThere, `${name}: ${source}`).toBe(true);
    }
    if (service.build) {
      expect(join(FOLDER, service.build.context)).toBe(REPOSITORY);
      expect(existsSync(join(REPOSITORY, service.build.dockerfile)), service.build.dockerfile).toBe(true);
    }
  }
});

test("Compose: two replicas share one Valkey without eviction, and their stop timeout exceeds a drain", () => {
  expect(replicas.map(([name]) => name)).toEqual(["bff-1", "bff-2"]);
  for (const [, { environment = {}, stop_grace_period = "0s" }] of replicas) {
    expect(environment.REDIS_URL).toBe("redis://valkey:6379");
    expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThan(10);
  }
  expect(compose.services.valkey?.command?.join(" ")).toContain("--maxmemory-policy noeviction");
  const upstreams = [...read("nginx.conf").matchAll(/^\s*server ([\w-]+):(\d+)/gm)].map(([, host]) => host);
  expect(upstreams).toEqual(replicas.map(([name]) => name));
});

test("Compose: the BFF reads every variable, and reads secrets from their mount paths", () => {
  const table = readFileSync(join(REPOSITORY, "docs/bff.md"), "utf8");
  const documented = new Set(
    Array.from(table.matchAll(/^\| (`.*?) \|/gm), ([, names = ""]) => names.match(/\w+/g)).flat(),
  );
  for (const name of [
    ...Object.keys(settings),
    ...replicas.flatMap(([, { environment }]) => Object.keys(environment ?? {})),
  ]) {
    expect(documented).toContain(name.replace(/_FILE$/, ""));
  }
  const files = Object.entries(settings).filter(([name]) => name.endsWith("_FILE"));
  expect(files.map(([, file]) => file).sort()).toEqual(
    Object.keys(compose.secrets)
      .map((secret) => `/run/secrets/${secret}`)
      .sort(),
  );
});

test("Compose: the BFF starts with .env.example and its secrets as files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mailoo-chat-secrets-"));
  try {
    const env: Record<string, string> = {};
    for (const [name, value = ""] of Object.entries(settings)) {
      env[name] = value.replace("/run/secrets", folder);
      if (name.endsWith("_FILE")) await writeFile(env[name] ?? "", `${name}-`.repeat(3));
    }
    const port = await getPort();
    await using _bff = await startChildServer({
      command: process.execPath,
      args: [join(REPOSITORY, "packages/bff/bin/mailoo-chat-bff.js")],
      env: { ...env, NODE_ENV: "production", TRUST_PROXY: "1", HOST: "127.0.0.1", PORT: `${port}` },
      isUp: () => answers(`http://127.0.0.1:${port}/healthz`),
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the Dockerfile copies and starts existing files", () => {
  const stages = parseDockerfile(read("Dockerfile"));
  expect(stages).toHaveLength(2);
  const ignored = readFileSync(join(FOLDER, "Dockerfile.dockerignore"), "utf8").split("\n");
  const sent = ignored.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  for (const path of stages.flat().flatMap(toCopiedPaths)) {
    expect(existsSync(join(REPOSITORY, path)), path).toBe(true);
    expect(
      sent.some((name) => path === name || path.startsWith(`${name}/`)),
      path,
    ).toBe(true);
  }
  const last = new Map(stages.at(-1)?.map(({ name, rest }) => [name, rest]));
  const [program, script = ""] = JSON.parse(last.get("ENTRYPOINT") ?? "[]");
  expect(program).toBe("node");
  expect(existsSync(join(REPOSITORY, "packages/bff", script))).toBe(true);
  expect(last.get("USER")).not.toBe("root");
});
