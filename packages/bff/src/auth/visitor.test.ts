import { describe, expect, it } from "vitest";
import {
  type ApplicationVisitor,
  requirePreChat,
  type SenderRules,
  toApplicationVisitor,
  toSender,
} from "./visitor.ts";

const STRICT: SenderRules = {
  preChat: [],
  asksEmailWhenAway: false,
  allowUnverified: false,
  canVerify: false,
};
const ANN = { name: "Ann", email: "ann@example.com" };

describe("the sender", () => {
  it("is the verified one, despite other claims", () => {
    expect(
      toSender(
        { ...STRICT, allowUnverified: true, canVerify: true },
        { name: "Ann" },
        { name: "Bob", email: "b@x.y" },
      ),
    ).toEqual({
      name: "Ann",
    });
  });

  it("is completed by what the form asks for, which is marked", () => {
    const rules: SenderRules = { ...STRICT, preChat: [{ name: "email", required: true }], canVerify: true };
    expect(toSender(rules, { name: "Ann" }, { name: "Bob", email: "a@b.example" })).toEqual({
      name: "Ann (email unverified)",
      email: "a@b.example",
    });
    expect(toSender(rules, { email: "ann@example.com" }, { email: "a@b.example" })).toEqual({
      email: "ann@example.com",
    });
  });

  it("is unknown if the owner has not asked for claims", () => {
    expect(toSender(STRICT, null, ANN)).toBeNull();
    expect(toSender(STRICT, null, undefined)).toBeNull();
  });

  it("is what the pre-chat form asks for, and no more", () => {
    expect(toSender({ ...STRICT, preChat: [{ name: "name", required: false }] }, null, ANN)).toEqual({
      name: "Ann",
    });
  });

  it("is only the address that the form asks for while the owner is away", () => {
    expect(toSender({ ...STRICT, asksEmailWhenAway: true }, null, ANN)).toEqual({ email: ANN.email });
  });

  it("is marked if it could be taken for verified", () => {
    const rules = { ...STRICT, allowUnverified: true, canVerify: true };
    expect(toSender(rules, null, ANN)).toEqual({ name: "Ann (unverified)", email: "ann@example.com" });
    expect(toSender(rules, null, { email: "ann@example.com" })).toEqual({
      name: "Guest (unverified)",
      email: "ann@example.com",
    });
    expect(toSender(rules, null, {})).toBeNull();
  });
});

describe("the pre-chat form", () => {
  const fields = [
    { name: "name", required: false },
    { name: "email", required: true },
  ] as const;

  it("requires the fields, from the visitor or the verified identity", () => {
    expect(() => requirePreChat(fields, null, { name: "Ann" })).toThrow(
      expect.objectContaining({
        code: "invalid_request",
        detail: "visitor.email is required",
        fields: ["email"],
      }),
    );
    expect(() => requirePreChat(fields, null, { email: "a@b.c" })).not.toThrow();
    expect(() => requirePreChat(fields, { email: "a@b.c" }, undefined)).not.toThrow();
  });
});

it.each([
  ["a-key", "a-key"],
  [7, "7"],
  [7n, "7"],
  ["", undefined],
  [2 ** 60, undefined],
  [Number.NaN, undefined],
  // All of them would be one visitor.
  [{}, undefined],
])("knows the application's visitor %s as %s", (id, expected) => {
  const { subject } = toApplicationVisitor({ ...ANN, id } as ApplicationVisitor);
  expect(subject?.id).toBe(expected);
});
