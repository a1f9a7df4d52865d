import { type DefaultTreeAdapterTypes, type ParserError, parse } from "parse5";

export interface HtmlFindings {
  /** What the HTML standard calls an error, and options that there are not. */
  readonly complaints: readonly string[];
  /** The texts of the scripts in it. */
  readonly scripts: readonly string[];
}

/**
 * Reads a piece of HTML from a page of the docs.
 *
 * @param options every option of the widget, as in `createChatWidget()`
 */
export function checkHtml(html: string, options: readonly string[]): HtmlFindings {
  const complaints: string[] = [];
  const scripts: string[] = [];
  const onParseError = ({ code, startLine }: ParserError) => complaints.push(`${code} in line ${startLine}`);
  const document = parse(`<!doctype html><title>A page</title>${html}`, { onParseError });
  for (const element of allElements(document)) {
    const attributes = new Map(element.attrs.map(({ name, value }) => [name, value]));
    const src = attributes.get("src");
    if (element.tagName === "script" && src === undefined) scripts.push(toText(element));
    if (element.tagName === "script" && src?.includes("widget")) {
      const data = [...attributes.keys()].filter((name) => name.startsWith("data-"));
      complaints.push(...findStrangers(data.map((name) => name.slice("data-".length))));
    }
    if (element.tagName === "mailoo-chat") complaints.push(...findStrangers([...attributes.keys()]));
  }
  return { complaints, scripts };

  function findStrangers(names: readonly string[]): string[] {
    const known = new Set(options.map(toKebabCase));
    return names.filter((name) => !known.has(name)).map((name) => `no option is called ${name}`);
  }
}

function toKebabCase(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function* allElements(node: DefaultTreeAdapterTypes.ParentNode): Generator<DefaultTreeAdapterTypes.Element> {
  for (const child of node.childNodes) {
    if ("tagName" in child) {
      yield child;
      yield* allElements(child);
    }
  }
}

function toText(element: DefaultTreeAdapterTypes.Element): string {
  return element.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
}
