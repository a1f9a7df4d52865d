import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

it.each(["docs/operations.md", "docs/protocol.md", "examples/grafana/dashboard.json"])(
  "every metric that %s names is exposed",
  async (path) => {
    const metrics = createMetrics();
    metrics.observe({ sockets: () => 0, sends: () => 0, feedsByMode: () => ({}), eventLoopLagMs: () => 0 });
    const exposed = new Set((await metrics.render()).match(/(?<=^# TYPE )\w+/gm));

    const page = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
    const named = new Set(page.match(/\b(mailoo_chat|process)_\w+/g));
    expect(named.size).toBeGreaterThan(0);
    const unknown = [...named].filter((name) => !exposed.has(name.replace(/_(bucket|count|sum)$/, "")));
    expect(unknown).toEqual([]);
  },
);
