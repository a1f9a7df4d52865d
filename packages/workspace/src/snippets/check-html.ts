import { HtmlValidate } from "html-validate";

const validator = new HtmlValidate({ extends: ["html-validate:standard"], elements: ["html5"] });

/** What the HTML standard calls an error. */
export async function findHtmlErrors(html: string): Promise<readonly string[]> {
  const { results } = await validator.validateString(html);
  return results.flatMap(({ messages }) => messages.map(({ line, message }) => `line ${line}: ${message}`));
}

/** Attributes of the widget's script tag and element that name no option. */
export function findUnknownOptions(html: string, options: readonly string[]): readonly string[] {
  const known = options.map((option) => option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
  const tags = html.match(/<script\s[^>]*widget[^>]*>|<mailoo-chat\s[^>]*>/g) ?? [];
  return tags
    .flatMap(
      (tag) => tag.match(tag.startsWith("<script") ? /(?<=\sdata-)[\w-]+/g : /(?<=\s)[\w-]+(?==)/g) ?? [],
    )
    .filter((name) => !known.includes(name));
}

/** The texts of the inline scripts. */
export function findScripts(html: string): readonly string[] {
  return Array.from(html.matchAll(/<script>(.*?)<\/script>/gs), ([, script = ""]) => script);
}
