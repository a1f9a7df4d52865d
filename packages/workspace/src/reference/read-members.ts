/** One member of an interface, as its source says it. */
export interface Member {
  readonly name: string;
  /** For a method, all that stands behind its name: `(text: string): Promise<ChatMessage>`. */
  readonly type: string;
  readonly isOptional: boolean;
  /** The comment's sentences, without tags. */
  readonly text: string;
  /** What `@default` says, or null. */
  readonly defaultText: string | null;
}

/**
 * The members of an exported interface, in order. Reads the form that our formatter gives an interface, and nothing more
 * clever.
 *
 * @throws where there is no such interface
 */
export function readMembers(source: string, interfaceName: string): readonly Member[] {
  const [, body] = new RegExp(`export interface ${interfaceName} \\{\\n(.*?)\\n\\}`, "s").exec(source) ?? [];
  if (body === undefined) throw new Error(`the source has no interface ${interfaceName}`);
  const members = body.matchAll(
    /(?: {2}\/\*\*(?<comment>.*?)\*\/\n)? {2}(?:readonly )?(?<name>\w+)(?<generics><[^\n]*?>(?=\())?(?<optional>\?)?(?<type>(?::|\().*?);$/gms,
  );
  return [...members].map(({ groups = {} }) => {
    const [text = "", ...tags] = toSentences(groups.comment ?? "").split(/\s*@(?=default)/);
    const defaultTag = tags.find((tag) => tag.startsWith("default"));
    return {
      name: groups.name ?? "",
      type: (groups.type ?? "").replace(/^: /, "").replace(/\s+/g, " "),
      isOptional: groups.optional !== undefined,
      text,
      defaultText: defaultTag?.replace(/^default\s+/, "") ?? null,
    };
  });
}

function toSentences(comment: string): string {
  return comment
    .replace(/^\s*\* ?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}
