import type { OutageFigures, RestartFigures, ScalingFigures } from "./scaling-figures.ts";

/** The figures as a section of `docs/scaling.md`. */
export function toScalingReport({ assumptions, restarts, outage }: ScalingFigures): string {
  const { clients, replicas, handshakesPerSecond, readsPerSecond } = assumptions;
  return [
    `Assumed: ${count(clients)} visitors on sockets, ${replicas} replicas, each giving ${count(handshakesPerSecond)} \`ready\` a second ` +
      `and sending the platform at most ${count(readsPerSecond)} requests a second.`,
    "",
    "| the fleet | dials | busiest second | of all dials | of capacity | turned away | half are back | 99 % | all |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...restarts.map(toRestartRow),
    "",
    ...restarts.flatMap((restart) => [
      `Dials a second, ${restart.name}:`,
      "",
      toChart(restart.arrivalsPerSecond),
      "",
    ]),
    "| the platform | requests while away | busiest second while away | busiest second after | half have caught up | 99 % | all |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    toOutageRow(outage),
    "",
    "Requests a second that reach the platform, from the moment it is back:",
    "",
    toChart(outage.arrivalsPerSecond),
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

const CHART_WIDTH = 40;
const CHART_ROWS = 20;

/** A bar for each stretch of seconds. */
function toChart(perSecond: readonly number[]): string {
  const stretch = Math.max(1, Math.ceil(perSecond.length / CHART_ROWS));
  const bars: { readonly from: number; readonly mean: number }[] = [];
  for (let from = 0; from < perSecond.length; from += stretch) {
    const part = perSecond.slice(from, from + stretch);
    bars.push({ from, mean: part.reduce((sum, value) => sum + value, 0) / part.length });
  }
  const highest = Math.max(1, ...bars.map(({ mean }) => mean));
  const lines = bars.map(({ from, mean }) => {
    const bar = "█".repeat(Math.round((mean / highest) * CHART_WIDTH));
    return `${String(from).padStart(4)} s ${bar.padEnd(CHART_WIDTH)} ${count(Math.round(mean))}`;
  });
  return ["```text", ...lines.map((line) => line.trimEnd()), "```"].join("\n");
}

const count = (value: number) => value.toLocaleString("en-US").replaceAll(",", " ");
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
