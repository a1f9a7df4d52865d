import type { OutageFigures, RestartFigures, ScalingFigures } from "./scaling-figures.ts";

/** The figures as a section of `docs/benchmarks.md`. */
export function toScalingReport({ assumptions, restarts, outage }: ScalingFigures): string {
  const { clients, replicas, handshakesPerSecond, readsPerSecond } = assumptions;
  return [
    `Assumed: ${count(clients)} visitors on sockets, ${replicas} replicas; each replica accepts ${count(handshakesPerSecond)} sockets a second ` +
      `and sends the platform at most ${count(readsPerSecond)} requests a second.`,
    "",
    "| event | connection attempts | busiest second | of all attempts | of capacity | turned away | half are back | 99 % | all |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...restarts.map(toRestartRow),
    "",
    "| the platform | requests while away | busiest second while away | busiest second after | half have caught up | 99 % | all |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    toOutageRow(outage),
  ].join("\n");
}

const START = "<!-- figures: pnpm simulate -->";
const END = "<!-- /figures -->";

/** @throws where the page has no place for figures */
export function replaceFigures(page: string, report: string): string {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`the page has no "${START}" … "${END}"`);
  return `${page.slice(0, start + START.length)}\n\n${report}\n\n${page.slice(end)}`;
}

function toRestartRow(figures: RestartFigures): string {
  const cells = [
    figures.name,
    count(figures.arrivals),
    count(figures.peakPerSecond),
    percent(figures.peakShare),
    `${figures.peakToCapacity.toFixed(1)} ×`,
    count(figures.turnedAway),
    seconds(figures.medianBackMs),
    seconds(figures.p99BackMs),
    seconds(figures.allBackMs),
  ];
  return `| ${cells.join(" | ")} |`;
}

function toOutageRow(figures: OutageFigures): string {
  const cells = [
    figures.name,
    count(figures.requestsDuring),
    count(figures.peakDuringPerSecond),
    count(figures.peakAfterPerSecond),
    seconds(figures.medianBackMs),
    seconds(figures.p99BackMs),
    seconds(figures.allBackMs),
  ];
  return `| ${cells.join(" | ")} |`;
}

const count = (value: number) => value.toLocaleString("en-US").replaceAll(",", " ");
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
