import type { ComparedWidget } from "./compare-widgets.ts";
import type { PhaseSummary } from "./to-summary.ts";

/** One figure that widgets are compared by; less is better. */
export interface Column {
  readonly title: string;
  /** Null where the widget has no such figure. */
  read(widget: ComparedWidget): number | null;
  format(value: number): string;
}

const INTEGER = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const ONE_DIGIT = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A chat without a launcher is open as soon as it is loaded. */
const opened = (widget: ComparedWidget): PhaseSummary => widget.open ?? widget.load;

function count(title: string, read: Column["read"]): Column {
  return { title, read, format: (value) => INTEGER.format(value) };
}

function milliseconds(title: string, read: Column["read"]): Column {
  return { title, read, format: (value) => ONE_DIGIT.format(value) };
}

/** What travels over the network. */
export const NETWORK_COLUMNS: readonly Column[] = [
  count("bytes, closed", ({ load }) => load.bytes),
  count("bytes, open", (widget) => opened(widget).bytes),
  count("requests, closed", ({ load }) => load.requests),
  count("requests, open", (widget) => opened(widget).requests),
];

/** What stays in the page. */
export const PAGE_COLUMNS: readonly Column[] = [
  count("heap KiB, closed", ({ load }) => load.heapBytes / 1024),
  count("heap KiB, open", (widget) => opened(widget).heapBytes / 1024),
  count("elements, closed", ({ load }) => load.elements),
  count("elements, open", (widget) => opened(widget).elements),
];

/** What the main thread does, at full speed or slowed. */
export function threadColumns(speed: "normal" | "slow"): readonly Column[] {
  return [
    milliseconds("script, load", ({ load }) => load[speed].scriptMs),
    milliseconds("all tasks, load", ({ load }) => load[speed].taskMs),
    milliseconds("blocking, load", ({ load }) => load[speed].blockingMs),
    milliseconds("script, open", ({ open }) => open?.[speed].scriptMs ?? null),
    milliseconds("all tasks, open", ({ open }) => open?.[speed].taskMs ?? null),
    milliseconds("blocking, open", ({ open }) => open?.[speed].blockingMs ?? null),
  ];
}
