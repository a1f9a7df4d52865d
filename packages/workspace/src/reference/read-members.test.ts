import { expect, it } from "vitest";
import { readMembers } from "./read-members.ts";

it("reads members with their comments, defaults and types", () => {
  const source = `export interface Other {\n  readonly no: number;\n}\n
export interface Options {
  /** The corner. @default "right" */
  readonly position?: "left" | "right";
  /**
   * Sends a text.
   * Resolves later.
   */
  send(text: string): Promise<void>;
  on<Name extends keyof X>(event: Name, listener: (detail: X[Name]) => void): void;
  ready: undefined;
}\n`;
  expect(readMembers(source, "Options")).toEqual([
    {
      name: "position",
      type: '"left" | "right"',
      isOptional: true,
      text: "The corner.",
      defaultText: '"right"',
    },
    {
      name: "send",
      type: "(text: string): Promise<void>",
      isOptional: false,
      text: "Sends a text. Resolves later.",
      defaultText: null,
    },
    {
      name: "on",
      type: "(event: Name, listener: (detail: X[Name]) => void): void",
      isOptional: false,
      text: "",
      defaultText: null,
    },
    { name: "ready", type: "undefined", isOptional: false, text: "", defaultText: null },
  ]);
});
