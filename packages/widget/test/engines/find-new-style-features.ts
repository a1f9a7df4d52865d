import { type CssNode, parse, walk } from "css-tree";
import {
  ofAtRule,
  ofCssFunction,
  ofMediaFeature,
  ofProperty,
  ofSelector,
  ofValue,
  type Verdict,
} from "./compat-table.ts";

/** Whether a text of a script is a style sheet: it has a rule with a declaration in it. */
export function isStyleSheet(text: string): boolean {
  return /[\w\]")*}]\s*\{[^{}]*[\w-]+:[^{}]+\}/.test(text);
}

/** The features in a style sheet that are newer than the oldest engines. */
export function findNewStyleFeatures(css: string): readonly string[] {
  const found = new Set<string>();
  const judge = (name: string, verdict: Verdict) => void (verdict === "new" && found.add(name));

  const ast = parse(css, {
    onParseError: ({ message }) => void found.add(`syntax: ${message}`),
  });
  walk(ast, function look(node: CssNode) {
    const { atrule, declaration, rule } = this;
    // Only engines that know it use what is in there.
    if (atrule?.name === "supports") return;
    switch (node.type) {
      case "Declaration":
        judge(node.property, ofProperty(node.property));
        break;
      case "Identifier":
        if (declaration)
          judge(`${declaration.property}: ${node.name}`, ofValue(declaration.property, node.name));
        break;
      case "Function":
        judge(`${node.name}()`, ofCssFunction(node.name));
        break;
      case "PseudoClassSelector":
      case "PseudoElementSelector":
        judge(`:${node.name}`, ofSelector(node.name));
        break;
      case "NestingSelector":
        judge("&", ofSelector("nesting"));
        break;
      case "Rule":
        // `this.rule` is the rule around, and the rule itself only for what is in it.
        if (rule && rule !== node) judge("a rule in a rule", ofSelector("nesting"));
        break;
      case "Atrule":
        judge(`@${node.name}`, ofAtRule(node.name));
        break;
      case "Feature":
        judge(`(${node.name})`, ofMediaFeature(node.name.replace(/^(?:min|max)-/, "")));
        break;
    }
  });
  return [...found].sort();
}
