import { type Column, NETWORK_COLUMNS, PAGE_COLUMNS, threadColumns } from "./columns.ts";
import { type ComparedWidget, type Comparison, SLOWDOWN } from "./compare-widgets.ts";

interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
}

const TABLES: readonly Table[] = [
  { title: "Transfer", columns: NETWORK_COLUMNS },
  { title: "In the page", columns: PAGE_COLUMNS },
  { title: "The main thread, in milliseconds", columns: threadColumns("normal") },
  {
    title: `The main thread on a processor ${SLOWDOWN} times slower, in milliseconds`,
    columns: threadColumns("slow"),
  },
];

/** All figures as Markdown, and what can be read from them. */
export function toComparisonTables({ widgets }: Comparison): string {
  const tables = TABLES.map(({ title, columns }) => `### ${title}\n\n${toTable(columns, widgets)}`);
  return `${tables.join("\n\n")}\n\n### Summary\n\n${toVerdict(widgets)}`;
}

function toTable(columns: readonly Column[], widgets: readonly ComparedWidget[]): string {
  const rows = widgets.map((widget) => {
    const cells = columns.map(({ read, format }) => {
      const value = read(widget);
      return value === null ? "–" : format(value);
    });
    return `| ${[widget.name, ...cells].join(" | ")} |`;
  });
  return [
    `| | ${columns.map(({ title }) => title).join(" | ")} |`,
    `| --- | ${columns.map(() => "--:").join(" | ")} |`,
    ...rows,
  ].join("\n");
}

/** Where ours is the least, where it is not, and by how much it is lighter than the next. */
export function toVerdict(widgets: readonly ComparedWidget[]): string {
  const [ours, ...peers] = widgets;
  if (!ours) throw new RangeError("there is nothing to compare");
  const columns = TABLES.flatMap((table) => table.columns.map((column) => ({ table, column })));
  const behind = columns.flatMap(({ table, column }) => {
    const own = column.read(ours);
    const better = peers.filter((peer) => {
      const value = column.read(peer);
      return own !== null && value !== null && column.format(value) !== column.format(own) && value < own;
    });
    if (better.length === 0) return [];
    const names = better.map((peer) => `${peer.name} ${column.format(column.read(peer) ?? 0)}`).join(", ");
    return [`- ${table.title}, ${column.title}: ${column.format(own ?? 0)}. Lower: ${names}.`];
  });
  const bytes = (widget: ComparedWidget) => (widget.open ?? widget.load).bytes;
  const factor = Math.min(...peers.map(bytes)) / bytes(ours);
  return [
    `Once opened, ${ours.name} has fetched **${factor.toFixed(1)} times fewer bytes** than the lightest of the others.`,
    behind.length === 0
      ? `Its figure is the lowest, alone or with others, in all ${columns.length} columns.`
      : `Its figure is the lowest, alone or with others, in ${columns.length - behind.length} of ${columns.length} columns. The others:\n\n${behind.join("\n")}`,
  ].join("\n\n");
}
