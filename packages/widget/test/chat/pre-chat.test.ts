import type { PreChatField } from "@mailoo-chat/protocol";
import { describe, expect, it } from "vitest";
import { createFakeBff, type FakeBff } from "../client/fake-bff.ts";
import { mountWidget, translate, until, type View } from "./mount-widget.ts";

const CONSENT = { text: "How we use your data", url: "https://example.com/privacy" };

function createBffThatAsks(...fields: readonly PreChatField[]): FakeBff {
  const bff = createFakeBff();
  bff.config = { ...bff.config, preChat: { fields } };
  return bff;
}

const EMAIL = { name: "email", required: true } as const;

async function answer(chat: View, email: string): Promise<void> {
  await until(() => chat.find("#email"));
  const input = chat.find("#email") as HTMLInputElement;
  input.value = email;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  chat.button("Start chat").click();
}

/** Types into the text box, as a visitor does. */
async function write(chat: View, text: string): Promise<void> {
  await until(() => chat.find("textarea"));
  chat.type(text);
  chat.press("Enter");
}

const sentBy = (bff: FakeBff) => bff.submits.map(({ content, visitor }) => [content, visitor?.email]);

async function untilSent(chat: View, text: string): Promise<void> {
  await until(() => {
    const bubbles = chat.findAll('[data-state="sent"][data-author="visitor"]');
    expect(bubbles.map(({ textContent }) => textContent)).toContainEqual(expect.stringContaining(text));
  });
}

describe("the pre-chat form", () => {
  it("is not shown for a consent text alone, which is above the composer until the visitor has written", async () => {
    const bff = createFakeBff();
    bff.config = {
      ...bff.config,
      consent: { ...CONSENT, text: "By writing you accept our [privacy policy]." },
    };
    await using chat = mountWidget({}, bff);
    chat.widget.open();
    await until(() => expect(chat.textOf(".consent")).toBe("By writing you accept our privacy policy."));
    expect(chat.textOf(".consent a")).toBe("privacy policy");
    expect(chat.findAll(".pre-chat")).toEqual([]);
    await chat.send("Hello");
    await until(() => expect(chat.findAll(".consent")).toEqual([]));
  });

  it("updates and clears its error after a translator has replaced the error's text", async () => {
    await using chat = mountWidget({}, createBffThatAsks(EMAIL));
    chat.widget.open();
    const problem = () => chat.find("#email-problem");
    await answer(chat, "");
    await until(() => expect(problem().textContent).toBe("Please fill in this field."));
    translate(problem());
    await answer(chat, "ada");
    await until(() => expect(problem().textContent).toBe("Please enter a valid email address."));
    translate(problem());
    await answer(chat, "ada@example.com");
    await until(() => chat.find("textarea"));
  });

  it("reports missing fields, accepts what the BFF accepts, and then gives way to the composer", async () => {
    const bff = createBffThatAsks({ name: "name", required: false }, EMAIL);
    bff.config = { ...bff.config, consent: CONSENT };
    await using chat = mountWidget({}, bff);
    chat.widget.open();
    await until(() => chat.find(".pre-chat"));
    expect(chat.find(".consent a").getAttribute("href")).toBe(CONSENT.url);

    chat.button("Start chat").click();
    const problem = () => chat.find("#email-problem").textContent;
    await until(() => expect(problem()).toBe("Please fill in this field."));
    expect(chat.find("#email").getAttribute("aria-invalid")).toBe("true");
    expect(chat.shadow.activeElement).toBe(chat.find("#email"));

    await answer(chat, "nobody");
    await until(() => expect(problem()).toBe("Please enter a valid email address."));
    await answer(chat, "josé@example.com");
    await until(() => expect(chat.shadow.activeElement).toBe(chat.find("textarea")));
    await write(chat, "Hello");
    await untilSent(chat, "Hello");
    expect(sentBy(bff)).toEqual([["Hello", "josé@example.com"]]);
  });

  it("is shown again after the conversation has ended and after a reset", async () => {
    const bff = createBffThatAsks(EMAIL);
    await using chat = mountWidget({}, bff);
    chat.widget.open();
    await answer(chat, "ada@example.com");
    await write(chat, "One");
    await untilSent(chat, "One");

    chat.button("More options").click();
    await until(() => chat.button("End conversation").click());
    await until(() => chat.find('[role="alertdialog"]'));
    chat.button("End conversation").click();
    await answer(chat, "ben@example.com");
    await write(chat, "Two");
    await untilSent(chat, "Two");

    chat.widget.reset();
    await answer(chat, "cleo@example.com");
    await write(chat, "Three");
    await untilSent(chat, "Three");
    expect(sentBy(bff)).toEqual([
      ["One", "ada@example.com"],
      ["Two", "ben@example.com"],
      ["Three", "cleo@example.com"],
    ]);
  });

  it("is opened by a text of the page, which is sent once the form is answered", async () => {
    const bff = createBffThatAsks(EMAIL);
    await using chat = mountWidget({}, bff);
    const sent = chat.widget.send("I want the blue one");
    await answer(chat, "ada@example.com");
    expect((await sent).content).toBe("I want the blue one");
    expect(chat.widget.state.open).toBe(true);
    expect(bff.messages.map(({ content }) => content)).toEqual(["I want the blue one"]);
  });

  it("does not reopen automatically once the visitor has closed it", async () => {
    const bff = createBffThatAsks(EMAIL);
    await using chat = mountWidget({}, bff);
    const sent = chat.widget.send("Hello");
    await until(() => chat.find("#email"));
    chat.widget.close();
    chat.widget.identify({ name: "Ada" });
    expect(chat.widget.state.open).toBe(false);
    chat.widget.identify({ email: "ada@example.com" });
    await sent;
    expect(chat.widget.state.open).toBe(false);
  });

  it("is not shown to a visitor whom the page has identified, nor in the next conversation", async () => {
    const bff = createBffThatAsks(EMAIL);
    await using chat = mountWidget({}, bff);
    chat.widget.identify({ email: "ada@example.com" });
    chat.widget.open();
    await write(chat, "One");
    await untilSent(chat, "One");
    chat.button("More options").click();
    await until(() => chat.button("End conversation").click());
    await until(() => chat.find('[role="alertdialog"]'));
    chat.button("End conversation").click();
    await until(() => expect(chat.findAll('[data-author="visitor"]')).toEqual([]));
    await write(chat, "Two");
    await untilSent(chat, "Two");
    expect(chat.findAll(".pre-chat")).toEqual([]);
    expect(bff.submits.map(({ visitor }) => visitor?.email)).toEqual(["ada@example.com", "ada@example.com"]);
  });

  it("is submitted by Enter, but not by the Enter that ends a composition", async () => {
    const bff = createBffThatAsks(EMAIL);
    await using chat = mountWidget({}, bff);
    chat.widget.open();
    await until(() => chat.find("#email"));
    const input = chat.find("#email") as HTMLInputElement;
    input.value = "ada@example.com";
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const enter = (init: KeyboardEventInit) =>
      input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, ...init }));
    enter({ isComposing: true });
    expect(chat.findAll("textarea")).toEqual([]);
    enter({});
    await until(() => chat.find("textarea"));
  });

  it("is shown again with the field marked if the BFF refuses a message because of it", async () => {
    const bff = createFakeBff();
    await using chat = mountWidget({}, bff);
    chat.widget.open();
    await until(() => chat.find('[data-message-id="welcome"]'));
    // This page's configuration predates the owner's change.
    bff.config = createBffThatAsks(EMAIL).config;
    await write(chat, "Hello");
    chat.type("the next one");
    await until(() => expect(chat.find("#email").getAttribute("aria-invalid")).toBe("true"));
    await answer(chat, "ada@example.com");
    await untilSent(chat, "Hello");
    expect((chat.find("textarea") as HTMLTextAreaElement).value).toBe("the next one");
    expect(bff.messages.map(({ content }) => content)).toEqual(["Hello"]);
  });
});
