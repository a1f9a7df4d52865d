import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PAGES } from "../reference/pages.ts";
import { docOf, FILE_VARIABLES, VARIABLES } from "../src/config/variables.ts";
import { packageVersion } from "../src/lib/package-version.ts";
import { createOpenApiDocument } from "../src/openapi/openapi-document.ts";

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

it.each(Object.entries(PAGES))("%s is what `pnpm reference` writes", (path, write) => {
  const page = read(path);
  expect(page).toBe(write(page));
});

it("docs/openapi.json is what `pnpm reference` writes", () => {
  expect(JSON.parse(read("docs/openapi.json"))).toEqual(
    JSON.parse(JSON.stringify(createOpenApiDocument(packageVersion()))),
  );
});

it("describes each variable by itself, with its default as an operator would write it", () => {
  expect(new Set(VARIABLES.map((name) => docOf(name).description)).size).toBe(VARIABLES.length);
  const rows = read("docs/bff.md").split("\n");
  const defaultOf = (name: string) => rows.find((row) => row.startsWith(`| \`${name}\``))?.split(" | ")[1];
  expect(defaultOf("MAILOO_CHAT_LIMIT_IP_REQUESTS")).toBe("`600/60`");
  expect(defaultOf("MAILOO_CHAT_LIMIT_IP_SOCKETS")).toBe("`300`");
  expect(defaultOf("TRUST_PROXY")).toBe("`0`");
  expect(defaultOf("METRICS")).toBe("`off`");
  expect(defaultOf("MAILOO_CHAT_PRE_CHAT")).toBe("");
  expect(defaultOf("MAILOO_CHAT_INTEGRATION_ID")).toBe("*required*");
  expect(defaultOf("MAILOO_CHAT_SESSION_SECRET")).toBe("*required in production*");
});

it("takes secrets and long texts from files, too", () => {
  expect(FILE_VARIABLES.toSorted()).toEqual([
    "MAILOO_CHAT_CHATS",
    "MAILOO_CHAT_IDENTITY_SECRET",
    "MAILOO_CHAT_INTEGRATION_API_KEY",
    "MAILOO_CHAT_SESSION_SECRET",
    "MAILOO_CHAT_TEXTS",
    "MAILOO_CHAT_WEBHOOK_SECRET",
    "MAILOO_CHAT_WEBHOOK_URL",
    "REDIS_URL",
  ]);
});
