import { type FormattedBlock, type FormattedList, parseFormatting, toText } from "./parse-formatting.ts";

/**
 * A formatted message without its markers, for previews and notifications: a line for each paragraph and item.
 *
 * @example toPlainText("**Two** ways:\n- by rail\n- by sea") // "Two ways:\n• by rail\n• by sea"
 */
export function toPlainText(text: string): string {
  return parseFormatting(text).flatMap(toLines).join("\n");
}

function toLines(block: FormattedBlock): readonly string[] {
  if (block.type === "code") return [block.text];
  return block.type === "list" ? toItemLines(block) : [toText(block.children)];
}

function toItemLines({ items }: FormattedList): readonly string[] {
  return items.flatMap(({ number, children, lists }) => [
    `${number === null ? "•" : `${number}.`} ${toText(children)}`,
    ...lists.flatMap(toItemLines),
  ]);
}
