import { type AnyNode, type Identifier, type MemberExpression, type Program, parse } from "acorn";
import { full, fullAncestor } from "acorn-walk";
import { ofGlobal, ofMember, ofStatic } from "./compat-table.ts";

/** The newest grammar that all supported engines parse. */
const GRAMMAR = 2022;

/**
 * The features of a script that are newer than the oldest engines: globals, statics, members. Features checked before
 * use (`x?.y`, `typeof x`, `x && …`, `if (x)`) may be new. Never throws: a newer grammar is a finding too.
 *
 * @param ownMembers names of members that the scripts define on their own objects
 */
export function findNewScriptFeatures(
  code: string,
  ownMembers: ReadonlySet<string> = new Set(),
): readonly string[] {
  let program: Program;
  try {
    program = parse(code, { ecmaVersion: GRAMMAR, sourceType: "module" });
  } catch (error) {
    return [`syntax: ${error instanceof Error ? error.message : error}`];
  }
  const variables = variablesOf(program);
  const isGlobal = (node: AnyNode): node is Identifier =>
    node.type === "Identifier" && !variables.has(node.name);

  /** The feature's name if the node uses a new feature. */
  function toFinding(node: AnyNode): string | null {
    if (isGlobal(node)) return ofGlobal(node.name) === "new" ? node.name : null;
    if (node.type !== "MemberExpression") return null;
    const name = nameOf(node);
    // `x?.name`: an engine without the object never reads the member.
    if (name === null || node.optional) return null;
    const { object } = node;
    const owner = isGlobal(object) ? object.name : "";
    const verdict = /^(?:window|globalThis|self)$/.test(owner) ? ofGlobal(name) : ofStatic(owner, name);
    if (verdict !== null) return verdict === "new" ? `${owner}.${name}` : null;
    return ofMember(name) === "new" && !ownMembers.has(name) ? `….${name}` : null;
  }

  const found = new Set<string>();
  fullAncestor(program, (node, _, parents) => {
    const finding = isAskedFor(parents) ? null : toFinding(node as AnyNode);
    if (finding !== null) found.add(finding);
  });
  return [...found].sort();
}

/** The names of all members that a script defines on its own objects and classes. */
export function membersOf(code: string): readonly string[] {
  return nodesOf(code).flatMap((node) =>
    (node.type === "Property" || node.type === "PropertyDefinition" || node.type === "MethodDefinition") &&
    node.key.type === "Identifier"
      ? node.key.name
      : [],
  );
}

/** All string literals of a script; template literals are joined over their expressions. */
export function textsOf(code: string): readonly string[] {
  return nodesOf(code).flatMap((node) => {
    if (node.type === "Literal") return typeof node.value === "string" ? node.value : [];
    return node.type === "TemplateLiteral" ? node.quasis.map(({ value }) => value.raw).join("") : [];
  });
}

function nodesOf(code: string | Program): readonly AnyNode[] {
  const program =
    typeof code === "string" ? parse(code, { ecmaVersion: "latest", sourceType: "module" }) : code;
  const nodes: AnyNode[] = [];
  full(program, (node) => void nodes.push(node as AnyNode));
  return nodes;
}

/** The name of every variable, function, class and import that a script declares, in any scope. */
function variablesOf(program: Program): ReadonlySet<string> {
  const names = nodesOf(program).flatMap((node) => {
    switch (node.type) {
      case "VariableDeclarator":
        return namesIn(node.id);
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        return [...(node.id ? [node.id.name] : []), ...node.params.flatMap(namesIn)];
      case "ClassDeclaration":
      case "ClassExpression":
        return node.id ? [node.id.name] : [];
      case "CatchClause":
        return node.param ? namesIn(node.param) : [];
      case "ImportDeclaration":
        return node.specifiers.map(({ local }) => local.name);
      default:
        return [];
    }
  });
  return new Set(names);
}

/** The names in a pattern: `a`, `{ a, b: [c] }`, `a = 1`, `...a`. */
function namesIn(pattern: AnyNode): readonly string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === "Property" ? property.value : property.argument),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "RestElement":
      return namesIn(pattern.argument);
    default:
      return [];
  }
}

function nameOf({ property, computed }: MemberExpression): string | null {
  if (!computed && property.type === "Identifier") return property.name;
  return property.type === "Literal" && typeof property.value === "string" ? property.value : null;
}

/** Whether the use is itself a feature check. */
function isAskedFor(parents: readonly AnyNode[]): boolean {
  const node = parents.at(-1);
  const parent = parents.at(-2);
  switch (parent?.type) {
    case "MemberExpression":
      return parent.optional && parent.object === node;
    case "CallExpression":
      return parent.optional === true && parent.callee === node;
    case "UnaryExpression":
      return parent.operator === "typeof" || parent.operator === "!";
    case "LogicalExpression":
      return parent.left === node;
    case "IfStatement":
    case "ConditionalExpression":
      return parent.test === node;
    default:
      return false;
  }
}
