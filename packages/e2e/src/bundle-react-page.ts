import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import { build } from "vite";

/** The server-rendered page. Scripts come after it, as tag managers insert them. */
export const RENDERED = `<html lang="en"><head><title>A shop</title></head><body><main><h1>A shop</h1><button>Bought 0</button></main>`;

/** `hydrate(heading)` hydrates the whole document. `recovered` lists React's mismatch errors. */
const PAGE = `
  import { createElement as h, useState } from "react";
  import { hydrateRoot } from "react-dom/client";
  function Page({ heading }) {
    const [bought, setBought] = useState(0);
    const button = h("button", { onClick: () => setBought(bought + 1) }, "Bought " + bought);
    return h("html", { lang: "en" },
      h("head", null, h("title", null, "A shop")),
      h("body", null, h("main", null, h("h1", null, heading), button)));
  }
  window.recovered = [];
  const onRecoverableError = ({ message }) => recovered.push(message);
  window.hydrate = (heading) => hydrateRoot(document, h(Page, { heading }), { onRecoverableError });
`;

const [E2E, WIDGET] = ["e2e", "widget"].map((name) =>
  createRequire(join(REPOSITORY, "packages", name, "package.json")),
) as [NodeJS.Require, NodeJS.Require];

const PACKAGES = {
  18: { react: toFolder(E2E, "react-18"), "react-dom": toFolder(E2E, "react-dom-18") },
  19: { react: toFolder(WIDGET, "react"), "react-dom": toFolder(WIDGET, "react-dom") },
} as const;

/** A page's own script, which renders the whole document with React. */
export function bundleReactPage(version: keyof typeof PACKAGES): Promise<string> {
  return bundleScript(PAGE, PACKAGES[version]);
}

/** One classic script from a module in TypeScript with JSX, which may import React and the repository's packages. */
export async function bundleScript(
  source: string,
  alias: Readonly<Record<string, string>> = PACKAGES[19],
): Promise<string> {
  const page = join(REPOSITORY, "packages/e2e/page.tsx");
  const output = await build({
    configFile: false,
    logLevel: "error",
    root: REPOSITORY,
    resolve: { alias },
    plugins: [
      {
        name: "page",
        resolveId: (id) => (id === page ? id : null),
        load: (id) => (id === page ? source : null),
      },
    ],
    build: { write: false, rolldownOptions: { input: page, output: { format: "iife" } } },
  });
  const [bundle] = [output].flat();
  if (!bundle || !("output" in bundle)) throw new Error("The page was not built.");
  return bundle.output[0].code;
}

function toFolder(require: NodeJS.Require, name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}
