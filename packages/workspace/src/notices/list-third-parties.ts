import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** A package whose code is in a bundle of ours. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** As its manifest names it. */
  readonly license: string;
  /** The licence itself. */
  readonly text: string;
}

/**
 * A plugin for the build: writes down which packages' code is in what was built, over all builds that it takes part in.
 * What was imported but left out of the bundle is not in the list.
 *
 * @param file where the list goes, as JSON
 */
export function listThirdParties(file: string): Plugin {
  const found = new Map<string, ThirdParty>();
  return {
    name: "list-third-parties",
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
          const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? [];
          if (folder !== undefined && renderedLength > 0) found.set(folder, readThirdParty(folder));
        }
      }
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify([...found.values()]));
    },
  };
}

/** @throws where a package has no licence: its code cannot be passed on */
function readThirdParty(folder: string): ThirdParty {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Omit<ThirdParty, "text">;
  const licenseFile = readdirSync(folder).find((name) => /^licen[cs]e(?:\.(?:md|txt))?$/i.test(name));
  if (licenseFile === undefined) throw new Error(`${manifest.name} has no licence file`);
  return {
    name: manifest.name,
    version: manifest.version,
    license: manifest.license,
    text: readFileSync(join(folder, licenseFile), "utf8").trim(),
  };
}
