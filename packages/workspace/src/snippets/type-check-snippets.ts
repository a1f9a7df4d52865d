import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { REPOSITORY } from "../repository.ts";
import { runCommand } from "../run-command.ts";

/** Code from a page, named after its place: `docs_widget.md_42.ts`. */
export interface CodeFile {
  readonly name: string;
  readonly code: string;
}

/** Packages that snippets may import. */
const PACKAGES = {
  "@mailoo-chat/widget": "packages/widget",
  "@mailoo-chat/bff": "packages/bff",
  "@mailoo-chat/sandbox": "packages/sandbox",
  "@mailoo-chat/protocol": "packages/protocol",
  react: "packages/widget/node_modules/react",
  "@types/react": "packages/widget/node_modules/@types/react",
  preact: "packages/widget/node_modules/preact",
  jose: "packages/bff/node_modules/jose",
  standardwebhooks: "packages/bff/node_modules/standardwebhooks",
  express: "packages/bff/node_modules/express",
  "@types/express": "packages/bff/node_modules/@types/express",
  "@types/node": "node_modules/@types/node",
};

const CONFIG = {
  extends: join(REPOSITORY, "tsconfig.base.json"),
  compilerOptions: {
    // Built packages, as readers have them.
    customConditions: [],
    lib: ["es2024", "dom", "dom.iterable"],
    types: ["node"],
    jsx: "react-jsx",
    declaration: false,
    // Snippets declare names that they do not use, and inline scripts are not modules.
    noUnusedLocals: false,
    noUnusedParameters: false,
    moduleDetection: "force",
  },
  include: ["*.ts", "*.tsx"],
};

/** The globals that the script tag creates. */
const GLOBALS = `import type { ChatWidget, ChatWidgetEvents, ChatWidgetListener, ChatWidgetOptions } from "@mailoo-chat/widget";

interface Queue extends Partial<ChatWidget> {
  <Name extends keyof ChatWidgetEvents>(call: "on" | "off", event: Name, listener: ChatWidgetListener<Name>): void;
  (call: Exclude<keyof ChatWidget, "on" | "off">, ...args: readonly unknown[]): unknown;
  q?: unknown[];
}

type ChatEvents = {
  [Name in keyof ChatWidgetEvents as \`mailoo-chat:\${Name}\`]: CustomEvent<ChatWidgetEvents[Name]>;
};

declare global {
  var MailooChat: Queue;
  var mailooChatSettings: ChatWidgetOptions;
  var dataLayer: unknown[];
  interface WindowEventMap extends ChatEvents {}
}
`;

/** What snippets import from frameworks, and from files that a page shows above. Frameworks are too large to install. */
const MODULES = `declare module "next/script" {
  export default function Script(props: { readonly src: string } & Readonly<Record<string, string>>): null;
}

declare module "@/lib/chat" {
  export function chat(): import("@mailoo-chat/bff").ChatBff;
}

declare module "@angular/core" {
  export function Component(options: { selector: string; template: string }): (target: unknown, context: ClassDecoratorContext) => void;
  export function afterNextRender(callback: () => void): void;
}

declare module "@vitejs/plugin-vue" {
  interface Options {
    template: { compilerOptions: { isCustomElement: (tag: string) => boolean } };
  }
  export default function vue(options: Options): unknown;
}
`;

/** Compiles them together, as strictly as our own sources. @returns the compiler's errors, or an empty text */
export async function typeCheckSnippets(files: readonly CodeFile[], folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  for (const [name, path] of Object.entries(PACKAGES)) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(REPOSITORY, path), link);
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
  await writeFile(join(folder, "globals.d.ts"), GLOBALS);
  await writeFile(join(folder, "modules.d.ts"), MODULES);
  for (const { name, code } of files) await writeFile(join(folder, name), code);
  const { exitCode, output } = await runCommand("tsc", ["-p", folder], { output: "collect" });
  return exitCode === 0 ? "" : output || `tsc ended with ${exitCode}`;
}
