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

/** Whether a string of a script is a style sheet: it contains a rule with a declaration. */
export function isStyleSheet(text: string): boolean {
  return /[\w\]")*}]\s*\{[^{}]*[\w-]+:[^{}]+\}/.test(text);
}

/** The features of a style sheet that are newer than the oldest engines. */
export function findNewStyleFeatures(css: string): readonly string[] {
  const found = new Set<string>();
  const check = (name: string, verdict: Verdict) => void (verdict === "new" && found.add(name));

  const ast = parse(css, {
    onParseError: ({ message }) => void found.add(`syntax: ${message}`),
  });
  walk(ast, function look(node: CssNode) {
    const { atrule, declaration, rule } = this;
    // Only engines that support the condition apply its content.
    if (atrule?.name === "supports") return;
    switch (node.type) {
      case "Declaration":
        check(node.property, ofProperty(node.property));
        break;
      case "Identifier":
        if (declaration)
          check(`${declaration.property}: ${node.name}`, ofValue(declaration.property, node.name));
        break;
      case "Function":
        check(`${node.name}()`, ofCssFunction(node.name));
        break;
      case "PseudoClassSelector":
      case "PseudoElementSelector":
        check(`:${node.name}`, ofSelector(node.name));
        break;
      case "NestingSelector":
        check("&", ofSelector("nesting"));
        break;
      case "Rule":
        // `this.rule` is the parent rule here; it is the rule itself only for its content.
        if (rule && rule !== node) check("a rule in a rule", ofSelector("nesting"));
        break;
      case "Atrule":
        check(`@${node.name}`, ofAtRule(node.name));
        break;
      case "Feature":
        check(`(${node.name})`, ofMediaFeature(node.name.replace(/^(?:min|max)-/, "")));
        break;
    }
  });
  return [...found].sort();
}
