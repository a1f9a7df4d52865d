import { describe, expect, it } from "vitest";
import { toFields } from "./fields.ts";
import { parseAuthor, parseAuthorName, parseAuthorOfEvent } from "./parse-author.ts";

describe("the author", () => {
  it.each([
    [{ direction: "inbound" }, "visitor"],
    [{ direction: "OUTBOUND" }, "owner"],
    [{ direction: "INCOMING" }, "visitor"],
    [{ direction: "outgoing" }, "owner"],
    [{ direction: "visitor_to_owner" }, "visitor"],
    [{ senderType: "VISITOR" }, "visitor"],
    [{ sender_type: "owner" }, "owner"],
    [{ senderType: "Agent" }, "owner"],
    [{ senderType: "END_USER" }, "visitor"],
    [{ authorType: "system" }, "system"],
    [{ role: "user" }, "visitor"],
    [{ role: "assistant" }, "owner"],
    [{ role: "operator" }, "owner"],
    [{ role: "admin" }, "owner"],
    [{ sender: "visitor" }, "visitor"],
    [{ sender: "Owner" }, "owner"],
    [{ sender: { type: "VISITOR", name: "Ann" } }, "visitor"],
    [{ author: { role: "agent" } }, "owner"],
    [{ author: { type: "user" } }, "visitor"],
    [{ from: "Visitor" }, "visitor"],
    [{ from: { kind: "staff" } }, "owner"],
    [{ sender: { isVisitor: true } }, "visitor"],
    [{ isVisitor: true }, "visitor"],
    [{ isVisitor: false }, "owner"],
    [{ fromVisitor: true }, "visitor"],
    [{ is_owner: false }, "visitor"],
    [{ isOwner: true }, "owner"],
    [{ isFromVisitor: "false" }, "owner"],
    [{ isSystem: true }, "system"],
    [{ type: "visitor_message" }, "visitor"],
    [{ type: "OwnerReply" }, "owner"],
  ])("of %j is the %s", (message, author) => {
    expect(authorOf(message)).toBe(author);
  });

  it.each([
    ["a flag goes before a kind", { isVisitor: true, senderType: "OWNER" }, "visitor"],
    ["a kind goes before the direction", { senderType: "OWNER", direction: "inbound" }, "owner"],
    [
      "the direction goes before a name that happens to be a kind",
      { from: "Support", direction: "inbound" },
      "visitor",
    ],
    ["`user` gives way to the direction", { sender: { type: "USER" }, direction: "outbound" }, "owner"],
    ["`user` gives way to a clear kind", { role: "user", authorType: "agent" }, "owner"],
    ["an agent who is no admin is still the owner's", { isAdmin: false, senderType: "AGENT" }, "owner"],
    ["what is not the visitor's may be the system's", { isVisitor: false, role: "system" }, "system"],
  ])("%s", (_rule, message, author) => {
    expect(authorOf(message)).toBe(author);
  });

  it.each([
    [{}],
    [{ sender: "Anna Smith" }],
    [{ senderName: "Owner" }],
    [{ visitor: 1 }],
    [{ type: "text" }],
    [{ direction: 1 }],
  ])("of %j is unknown", (message) => {
    expect(authorOf(message)).toBeNull();
  });

  it.each([
    ["owner_message", "owner"],
    ["visitor.message.created", "visitor"],
    ["agentReplied", "owner"],
    ["message", null],
    ["system_message", null],
  ])("of an event named %s is %s", (name, author) => {
    expect(parseAuthorOfEvent(name)).toBe(author);
  });
});

describe("the author's name", () => {
  it.each([
    [{ authorName: " Ann " }, "Ann"],
    [{ sender_name: "Ann" }, "Ann"],
    [{ sender: { displayName: "Ann" } }, "Ann"],
    [{ author: { firstName: "Ann", lastName: "Lee" } }, "Ann Lee"],
    [{ sender: "Ann Lee" }, "Ann Lee"],
    [{ sender: "visitor" }, null],
    [{ senderName: "" }, null],
    [{ senderName: null }, null],
    [{ sender: { name: "ann@example.com" } }, null],
    [{ senderName: "x".repeat(500) }, "x".repeat(200)],
  ])("of %j is %j", (message, name) => {
    expect(parseAuthorName(toFields(message) ?? new Map())).toBe(name);
  });
});

function authorOf(message: unknown): string | null {
  return parseAuthor(toFields(message) ?? new Map());
}
