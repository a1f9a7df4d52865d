import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadTracing, TRACING_PACKAGES } from "./load-tracing.ts";

const CONFIG = { endpoint: "http://127.0.0.1:4318", serviceName: "chat" };

it("loads nothing where tracing is off", async () => {
  let imported = false;
  const importing = async () => {
    imported = true;
    return import("./start-tracing.ts");
  };
  expect(await loadTracing(null, importing)).toBeNull();
  expect(imported).toBe(false);
});

it("says what to install where its packages are missing", async () => {
  const missing = Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadTracing(CONFIG, () => Promise.reject(missing))).rejects.toMatchObject({
    name: "ConfigError",
    problems: [expect.stringMatching(/^OTEL_EXPORTER_OTLP_ENDPOINT: .*npm install @opentelemetry\/api /)],
  });
});

it("keeps a fault that is none of these", async () => {
  await expect(loadTracing(CONFIG, () => Promise.reject(new TypeError("a fault")))).rejects.toThrow(
    TypeError,
  );
});

it("needs the packages that are optional peers, and no others", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    peerDependencies: Record<string, string>;
    peerDependenciesMeta: Record<string, { optional: boolean }>;
  };
  expect(Object.keys(manifest.peerDependencies).toSorted()).toEqual([...TRACING_PACKAGES].toSorted());
  expect(Object.values(manifest.peerDependenciesMeta).every(({ optional }) => optional)).toBe(true);
});
