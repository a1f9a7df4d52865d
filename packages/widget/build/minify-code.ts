import { type AnyNode, parse } from "acorn";
import { full } from "acorn-walk";
import { minify as minifyByTerser } from "terser";
import { minify as minifyByUglify } from "uglify-js";
import type { Plugin } from "vite";
import { INTERNAL_NAMES } from "./internal-names.ts";

const INTERNAL_NAME = new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`);

/**
 * Two minifiers in a row: the core takes 250 bytes less than with either. Terser knows more of what may be left out,
 * UglifyJS makes fewer variables of what remains. Only what is safe with the code as it is written: no getter with an
 * effect, no `arguments`, no `new.target`, no symbol in a template.
 *
 * One for each build: its files call an internal property by the same short name.
 */
export function minifyCode(): Plugin {
  const nameCache = {};

  async function minify(code: string, isModule: boolean): Promise<string> {
    const terse = await minifyByTerser(code.replaceAll(/\/\* @__PURE__ \*\/\n?/g, ""), {
      module: isModule,
      ecma: 2020,
      compress: { passes: 2, pure_getters: true, keep_fargs: false, unsafe: true, inline: 0 },
      // The loader, a script, has none of these names.
      mangle: isModule && { properties: { regex: INTERNAL_NAME } },
      nameCache,
    });
    const { code: result, error } = minifyByUglify(terse.code ?? "", {
      module: isModule,
      compress: { passes: 3, pure_getters: true, inline: 1, hoist_funs: true },
      mangle: { toplevel: true },
    });
    if (error) throw error;
    expectShortNames(result);
    return result;
  }

  return {
    name: "minify-code",
    async generateBundle({ format }, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === "chunk") file.code = await minify(file.code, format === "es");
      }
    },
  };
}

/** A name that one file shortens and another does not breaks what the two say to each other. */
function expectShortNames(code: string): void {
  full(parse(code, { ecmaVersion: "latest", sourceType: "module" }), (node) => {
    const { type } = node as AnyNode;
    if (type !== "MemberExpression" && type !== "Property") return;
    const { computed, property = null, key = property } = node as unknown as PropertyNode;
    if (!computed && key?.name !== undefined && INTERNAL_NAME.test(key.name)) {
      throw new Error(`The internal property ${key.name} has kept its name.`);
    }
  });
}

interface PropertyNode {
  readonly computed: boolean;
  readonly key?: { readonly name?: string };
  readonly property?: { readonly name?: string };
}
