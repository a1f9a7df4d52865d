import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import getPort, { clearLockedPorts } from "get-port";
import { expect, test } from "vitest";
import { REPOSITORY } from "../src/repository.ts";
import { type Child, startChild } from "./fixtures/start-child.ts";

type PortVariables = Record<"SANDBOX_PORT" | "BFF_PORT" | "SITE_PORT" | "PLUG_PORT", string>;

/** The demo as a user has it, on the existing build. */
function runDemo(ports: PortVariables, ...args: readonly string[]): Child {
  const demo = join(REPOSITORY, "packages/workspace/src/demo.ts");
  return startChild(process.execPath, [demo, "--built", ...args], { env: { ...process.env, ...ports } });
}

async function freePorts(): Promise<PortVariables> {
  const [sandbox, bff] = [await getPort(), await getPort()];
  const [site, plug] = [await getPort(), await getPort()];
  return { SANDBOX_PORT: `${sandbox}`, BFF_PORT: `${bff}`, SITE_PORT: `${site}`, PLUG_PORT: `${plug}` };
}

async function allFree(ports: PortVariables): Promise<boolean> {
  clearLockedPorts();
  for (const port of Object.values(ports).map(Number)) if ((await getPort({ port })) !== port) return false;
  return true;
}

test("[DEMO-1] the demo answers on its three addresses and leaves no port taken", {
  timeout: 120_000,
}, async () => {
  const ports = await freePorts();
  await using demo = runDemo(ports);
  await expect.poll(demo.output, { timeout: 60_000 }).toContain("Ctrl-C");
  const site = `http://localhost:${ports.SITE_PORT}`;
  const bff = `http://localhost:${ports.BFF_PORT}`;
  const sandbox = `http://localhost:${ports.SANDBOX_PORT}`;
  for (const address of [site, bff, sandbox]) expect(demo.output()).toContain(address);

  const page = await (await fetch(site)).text();
  expect(page).toContain(`${bff}/widget.js`);
  expect(page).not.toContain("%VITE_");
  expect((await fetch(`${bff}/widget.js`)).status).toBe(200);
  expect((await fetch(sandbox)).status).toBe(200);
  const config = await fetch(`${bff}/api/v1/webhooks/chat/config`, { headers: { origin: site } });
  expect(config.headers.get("access-control-allow-origin")).toBe(site);

  const plug = `http://localhost:${ports.PLUG_PORT}`;
  for (const address of [`${sandbox}/configure/`, plug]) {
    expect(demo.output()).toContain(address);
    expect(page).toContain(`${address.replace(/\/$/, "")}/`);
    expect((await fetch(address)).status).toBe(200);
  }
  expect((await fetch(`${sandbox}/__sandbox/faults`)).status).toBe(200);
  const preview = await fetch(`${sandbox}/configure/preview.html`);
  expect(preview.headers.get("content-security-policy")).toContain(`script-src 'self' ${bff};`);
  const toConfigurator = await fetch(`${bff}/api/v1/webhooks/chat/config`, { headers: { origin: sandbox } });
  expect(toConfigurator.headers.get("access-control-allow-origin")).toBe(sandbox);

  demo.process.kill("SIGINT");
  await expect(demo.exitCode).resolves.toBe(0);
  await expect(allFree(ports)).resolves.toBe(true);
});

test("the demo's servers end with it even where it is killed", { timeout: 120_000 }, async () => {
  const ports = await freePorts();
  await using demo = runDemo(ports);
  await expect.poll(demo.output, { timeout: 60_000 }).toContain("Ctrl-C");
  await demo.kill();
  await expect.poll(() => allFree(ports), { timeout: 15_000 }).toBe(true);
});

test("the demo ends when its package manager is killed", { timeout: 120_000 }, async () => {
  const ports = await freePorts();
  // npx starts pnpm, which starts the demo.
  const args = ["--yes", "--prefer-offline", "pnpm@10", "--silent", "demo", "--built"];
  await using packageManager = startChild("npx", args, {
    cwd: REPOSITORY,
    env: { ...process.env, ...ports },
  });
  await expect.poll(packageManager.output, { timeout: 60_000 }).toContain("Ctrl-C");
  packageManager.process.kill("SIGKILL");
  await expect.poll(() => allFree(ports), { timeout: 15_000 }).toBe(true);
});

test("another example takes the site's place, and an unknown one is named", {
  timeout: 120_000,
}, async () => {
  const ports = await freePorts();
  await using demo = runDemo(ports, "react");
  await expect.poll(demo.output, { timeout: 60_000 }).toContain("Ctrl-C");
  expect(await (await fetch(`http://localhost:${ports.SITE_PORT}`)).text()).toContain("/src/main.tsx");
  demo.process.kill("SIGINT");
  await expect(demo.exitCode).resolves.toBe(0);
  await expect(allFree(ports)).resolves.toBe(true);

  await using unknown = runDemo(ports, "angular");
  await expect(unknown.exitCode).resolves.toBe(1);
  expect(unknown.output()).toContain("script-tag, npm-vite, react");
});

test("[DEMO-2] a taken port gives one line that names the port and its variable", async () => {
  const ports = await freePorts();
  const squatter = createServer().listen(Number(ports.BFF_PORT), "127.0.0.1");
  await once(squatter, "listening");
  await using demo = runDemo(ports);
  await expect(demo.exitCode).resolves.toBe(1);
  squatter.close();
  const lines = demo.output().trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(ports.BFF_PORT);
  expect(lines[0]).toContain("BFF_PORT");
});
