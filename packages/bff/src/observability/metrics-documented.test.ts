import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

/** Every metric with each of its labels, as a scrape of a BFF that has been in use shows them. */
async function scrape(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const metrics = createMetrics();
  const budget = { waiting: 0, inFlight: 0 };
  metrics.observe({
    sockets: () => 0,
    sends: () => 0,
    feedsByMode: () => ({ live: 1 }),
    eventLoopLagMs: () => 0,
    upstreamLoad: () => ({ sends: budget, reads: budget }),
    webhooksWaiting: () => 0,
    readiness: () => ({ ready: true, checks: { platform: "ok" } }),
  });
  metrics.requestAnswered({ route: "submit", method: "POST", status: 201, durationMs: 1 });
  metrics.upstreamCall({ operation: "send", outcome: "ok", durationMs: 1 });
  metrics.sendSettled("sent");
  metrics.limitHit("ip-requests");
  metrics.webhookSettled("delivered");
  metrics.socketClosed(1001);
  const text = await metrics.render();
  const exposed = new Map((text.match(/(?<=^# TYPE )\w+/gm) ?? []).map((name) => [name, new Set<string>()]));
  for (const [, sample = "", labels = ""] of text.matchAll(/^(\w+)\{([^}]*)\}/gm)) {
    const known = exposed.get(baseName(sample, exposed));
    for (const [, label = ""] of labels.matchAll(/(\w+)=/g)) known?.add(label);
  }
  return exposed;
}

/** A histogram's samples are named after it. */
function baseName(sample: string, exposed: ReadonlyMap<string, unknown>): string {
  return exposed.has(sample) ? sample : sample.replace(/_(bucket|count|sum)$/, "");
}

function read(path: string): string {
  return readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");
}

describe("metrics", () => {
  it.each([
    "docs/operations.md",
    "docs/protocol.md",
    "examples/grafana/dashboard.json",
    "examples/grafana/alerts.yaml",
  ])("every metric in %s exists", async (path) => {
    const exposed = await scrape();
    const named = new Set(read(path).match(/\b(mailoo_chat|process)_\w+/g));
    expect(named.size).toBeGreaterThan(0);
    expect([...named].filter((name) => !exposed.has(baseName(name, exposed)))).toEqual([]);
  });

  it("every mailoo_chat metric is explained in docs/operations.md", async () => {
    const page = read("docs/operations.md");
    const ours = [...(await scrape()).keys()].filter((name) => name.startsWith("mailoo_chat_"));
    expect(ours.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it("have all labels that the dashboard and the alerts use", async () => {
    const exposed = await scrape();
    const { panels } = JSON.parse(read("examples/grafana/dashboard.json")) as {
      panels: { targets: { expr: string }[] }[];
    };
    const alerts = read("examples/grafana/alerts.yaml").match(/(?<=expr: ).*/g) ?? [];
    const expressions = [...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)), ...alerts];
    expect(expressions.length).toBeGreaterThan(20);
    for (const expr of expressions) {
      const [name = ""] = /\b(mailoo_chat|process)_\w+/.exec(expr) ?? [];
      const grouped =
        /\bby \(([^)]*)\)/
          .exec(expr)?.[1]
          ?.split(",")
          .map((label) => label.trim()) ?? [];
      const filtered = [...(/\{([^}]*)\}/.exec(expr)?.[1] ?? "").matchAll(/(\w+)[=!]/g)].map(
        ([, label]) => label,
      );
      // Prometheus itself adds these to whatever it scrapes.
      const asked = [...grouped, ...filtered].filter((label) => label !== "instance" && label !== "job");
      const known = exposed.get(baseName(name, exposed)) ?? new Set();
      expect({ expr, missing: asked.filter((label) => !known.has(label ?? "")) }).toEqual({
        expr,
        missing: [],
      });
    }
  });
});
