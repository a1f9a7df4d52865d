import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { runCommand } from "@mailoo-chat/workspace/run-command";

const MANIFESTS = join(REPOSITORY, "packages/bench/peers");

/** Not part of the repository's installation, and ignored by git. */
export const PEERS_FOLDER = join(REPOSITORY, "packages/bench/.peers");

/**
 * Installs the peers with npm, as their lock file names them, unless they are there.
 * @throws if npm does
 */
export async function installPeers(): Promise<void> {
  const lock = await readFile(join(MANIFESTS, "package-lock.json"), "utf8");
  if (lock === (await readFile(join(PEERS_FOLDER, "package-lock.json"), "utf8").catch(() => null))) {
    if (await readFile(join(PEERS_FOLDER, "node_modules/.package-lock.json")).catch(() => null)) return;
  }
  await mkdir(PEERS_FOLDER, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    await copyFile(join(MANIFESTS, file), join(PEERS_FOLDER, file));
  console.error("installs the peers …");
  const { exitCode, output } = await runCommand(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
    { cwd: PEERS_FOLDER, output: "collect" },
  );
  if (exitCode !== 0) throw new Error(`npm could not install the peers: ${output.trim()}`);
}

/** A file of an installed peer. */
export function peerFile(...path: readonly string[]): string {
  return join(PEERS_FOLDER, "node_modules", ...path);
}

export async function peerVersion(packageName: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(peerFile(packageName, "package.json"), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest)
    return String(manifest.version);
  throw new Error(`${packageName} has no version`);
}
