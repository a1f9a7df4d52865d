import { join } from "node:path";
import { type MethodSignature, Project, type PropertySignature } from "ts-morph";
import { REPOSITORY } from "../repository.ts";

/** One member of an interface. */
export interface Member {
  readonly name: string;
  /** Of a property: its type. Of a method: what it returns. */
  readonly type: string;
  /** Of a method: the names of its parameters. Null for a property. */
  readonly parameters: readonly string[] | null;
  /** The comment's sentences, without tags. */
  readonly text: string;
  /** What `@default` says, or null. */
  readonly defaultText: string | null;
  /** The line comment before it, which begins a group of members; null: it goes on with the group. */
  readonly group: string | null;
}

const project = new Project({ skipAddingFilesFromTsConfig: true });

/** The members of an interface of the widget's public API, in order. */
export function readMembers(file: string, interfaceName: string): readonly Member[] {
  const source = project.addSourceFileAtPath(join(REPOSITORY, "packages/widget/src/api", file));
  const declaration = source.getInterfaceOrThrow(interfaceName);
  const members = [...declaration.getProperties(), ...declaration.getMethods()];
  return members.sort((a, b) => a.getPos() - b.getPos()).map(toMember);
}

function toMember(member: PropertySignature | MethodSignature): Member {
  const [comment] = member.getJsDocs();
  const defaultTag = comment?.getTags().find((tag) => tag.getTagName() === "default");
  const isMethod = "getParameters" in member;
  const type = isMethod ? member.getReturnTypeNode() : member.getTypeNode();
  return {
    name: member.getName(),
    type: toOneLine(type?.getText()),
    parameters: isMethod ? member.getParameters().map((parameter) => parameter.getName()) : null,
    text: toOneLine(comment?.getDescription()),
    defaultText: defaultTag ? toOneLine(defaultTag.getCommentText()) : null,
    group: toGroup(member),
  };
}

function toGroup(member: PropertySignature | MethodSignature): string | null {
  const line = member.getLeadingCommentRanges().find((comment) => comment.getText().startsWith("// "));
  return line?.getText().slice(3) ?? null;
}

function toOneLine(text = ""): string {
  return text.replace(/\s+/g, " ").trim();
}
