import { parseArgs } from "node:util";
import getPort from "get-port";
import { findPackageManagers, readProcess } from "./demo/find-package-managers.ts";
import { startDemo } from "./demo/start-demo.ts";
import { runPnpm } from "./run-pnpm.ts";

// `pnpm demo [example]`: builds, then runs a local Mailoo, the BFF and a website until Ctrl-C.
// `--built` uses the existing build.

const EXAMPLES = ["script-tag", "npm-vite", "react"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { built: { type: "boolean" } },
});
const [example = "script-tag"] = positionals;
if (!EXAMPLES.includes(example)) fail(`There is no demo "${example}": take ${EXAMPLES.join(", ")}.`);

const packageManagers = findPackageManagers();

// Checked before the build, which takes a while.
const ports = {
  sandbox: await freePort("SANDBOX_PORT", 4077),
  bff: await freePort("BFF_PORT", 8787),
  site: await freePort("SITE_PORT", 5173),
  plug: await pagePort("PLUG_PORT", 4078),
};

if (!values.built && (await runPnpm(["--workspace-root", "run", "build"])).exitCode !== 0)
  fail("The build failed: see above.");

const demo = startDemo(ports, example);

// Nothing tells this process that its package manager was killed.
setInterval(() => {
  if (packageManagers.some((pid) => readProcess(pid) === null)) void demo.stop();
}, 500).unref();

try {
  await demo.ready;
} catch (error) {
  await demo.stop();
  fail(error instanceof Error ? error.message : String(error));
}
console.log(`
  Website       ${demo.siteUrl}     open it and start a chat
  Console       ${demo.sandboxUrl}     answer as the site's owner
  BFF           ${demo.bffUrl}     ${demo.bffUrl}/widget.js is the script tag's source

  Configurator  ${demo.sandboxUrl}/configure/     change the widget's look, copy the code
  Pull the plug ${demo.plugUrl}     cut and restart each leg, and count the messages

  Ctrl-C stops all of them.
`);
process.exit(await demo.ended);

/** The port from the variable, if it is free. */
async function freePort(variable: string, defaultPort: number): Promise<number> {
  const port = Number(process.env[variable] || defaultPort);
  if (!(Number.isInteger(port) && port > 0 && port < 65_536))
    fail(`${variable} must be a port from 1 to 65535, not "${process.env[variable]}".`);
  if ((await getPort({ port })) !== port)
    fail(`Port ${port} is taken: stop what uses it, or set ${variable} to another port.`);
  return port;
}

/** Another free port if the default one is taken: nothing but the printed link leads to it. */
async function pagePort(variable: string, defaultPort: number): Promise<number> {
  return process.env[variable] ? freePort(variable, defaultPort) : getPort({ port: defaultPort });
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(1);
}
