import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "@mailoo-chat/workspace/repository";
import type { Finding } from "./finding.ts";
import { toMarkdown } from "./findings-table.ts";

const PAGE = join(REPOSITORY, "docs/benchmarks.md");
const BEGIN = "<!-- figures: pnpm bench:bff --write -->";
const END = "<!-- end of figures -->";

/** Writes the figures of a run and its machine into the page. The text around them stays. */
export function writeBenchmarksPage(findings: readonly Finding[]): void {
  const page = readFileSync(PAGE, "utf8");
  writeFileSync(PAGE, withFigures(page, `${toMachine()}\n\n${toMarkdown(findings)}`));
}

/** @throws if the page lacks the markers */
export function withFigures(page: string, figures: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`the page lacks ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`;
}

function toMachine(): string {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  const date = new Date().toISOString().slice(0, 10);
  const load = loadavg()[0]?.toFixed(1);
  return `${date}, Node ${process.versions.node}, Linux ${release()}, ${cpus().length} × ${cpu?.model.trim()}, ${gib} GiB. The load average at the end was ${load}, the bench's own included.`;
}
