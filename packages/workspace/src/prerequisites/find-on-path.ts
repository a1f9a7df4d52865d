import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The first executable of that name on the path, or null. */
export function findOnPath(name: string, path: string = process.env.PATH ?? ""): string | null {
  // Debian installs servers in directories that are only on root's path.
  const directories = [...path.split(delimiter), "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/bin"];
  return directories.map((directory) => join(directory, name)).find(isExecutable) ?? null;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
