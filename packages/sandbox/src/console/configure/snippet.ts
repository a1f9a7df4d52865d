import type { Options } from "./look.ts";

export const SNIPPET_KINDS = ["tag", "npm", "react"] as const;

export type SnippetKind = (typeof SNIPPET_KINDS)[number];

export interface SnippetInput {
  /** The chat server: an origin, or the whole base URL. */
  readonly bff: string;
  readonly options: Options;
  /** Custom properties of the widget's element. */
  readonly properties: Readonly<Record<string, string>>;
}

/** Code to paste, and for npm the rules for the site's own style sheet. */
export interface Snippet {
  readonly code: string;
  /** Empty for none. */
  readonly css: string;
}

/** An origin stands for the default paths below it, anything else is the base URL itself. */
export function toScriptUrl(bff: string): string {
  return `${bff.replace(/\/+$/, "")}/widget.js`;
}

export function toSnippet(kind: SnippetKind, { bff, options, properties }: SnippetInput): Snippet {
  const css = toCss(properties);
  switch (kind) {
    case "tag": {
      const style = css === "" ? "" : `<style>\n${css.replace(/^/gm, "  ")}\n</style>\n`;
      return { code: style + toTag(toScriptUrl(bff), options), css: "" };
    }
    case "npm":
      return { code: toCall({ bff, ...options }), css };
    case "react":
      return { code: toComponent({ bff, ...options }), css };
  }
}

/** The widget's option `startOpen` is the attribute `data-start-open`. */
export function toAttributes(options: Options): readonly (readonly [name: string, value: string])[] {
  return Object.entries(options).map(([name, value]) => [
    `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value === true ? "" : typeof value === "object" ? JSON.stringify(value) : String(value),
  ]);
}

const LONGEST_LINE = 100;

function toTag(src: string, options: Options): string {
  const attributes = [["src", src] as const, ...toAttributes(options)].map(([name, value]) =>
    value === "" ? name : `${name}="${escapeHtml(value)}"`,
  );
  const line = `<script async ${attributes.join(" ")}></script>`;
  return line.length <= LONGEST_LINE ? line : `<script\n  async\n  ${attributes.join("\n  ")}\n></script>`;
}

function toCall(options: Options): string {
  const members = Object.entries(options).map(([name, value]) => `${name}: ${toLiteral(value)}`);
  const line = `createChatWidget({ ${members.join(", ")} });`;
  const call = line.length <= LONGEST_LINE ? line : `createChatWidget({\n  ${members.join(",\n  ")},\n});`;
  return `import { createChatWidget } from "@mailoo-chat/widget";\n\n${call}`;
}

function toComponent(options: Options): string {
  const props = Object.entries(options).map(([name, value]) => {
    if (value === true) return name;
    // A quoted prop is text as in HTML: no escapes, but entities.
    if (typeof value === "string" && !/["&\r\n]/.test(value)) return `${name}="${value}"`;
    return `${name}={${toLiteral(value)}}`;
  });
  const line = `export const Chat = () => <ChatWidget ${props.join(" ")} />;`;
  const component =
    line.length <= LONGEST_LINE
      ? line
      : `export const Chat = () => (\n  <ChatWidget\n    ${props.join("\n    ")}\n  />\n);`;
  return `import { ChatWidget } from "@mailoo-chat/widget/react";\n\n${component}`;
}

function toCss(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(([name, value]) => `  ${name}: ${value};`);
  return lines.length === 0 ? "" : `mailoo-chat-widget {\n${lines.join("\n")}\n}`;
}

/** `</script>` in a text would end an inline script that it is pasted into, and `<!--` would change how it is read. */
function toLiteral(value: Options[string]): string {
  return JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, " ")
    .replace(/^\[ /, "[")
    .replace(/ \]$/, "]")
    .replace(/<(?=[/!])/g, "\\u003c");
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
